#include "load/watch/self_probe.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace wsdeep::load {
namespace {

constexpr Micros kCostlyEvery = 1'000'000;

Micros micros_of(const timespec& time) {
  return static_cast<Micros>(time.tv_sec) * 1'000'000 + time.tv_nsec / 1000;
}

Micros micros_of(const timeval& time) {
  return static_cast<Micros>(time.tv_sec) * 1'000'000 + time.tv_usec;
}

Micros read_clock(clockid_t id) {
  timespec time{};
  ::clock_gettime(id, &time);
  return micros_of(time);
}

/// `id` against CLOCK_MONOTONIC, read before and after it: of three tries the closest.
Micros clock_offset(clockid_t id) {
  Micros best = 0;
  Micros smallest = INT64_MAX;
  for (int attempt = 0; attempt < 3; ++attempt) {
    const Micros before = read_clock(CLOCK_MONOTONIC);
    const Micros there = read_clock(id);
    const Micros between = read_clock(CLOCK_MONOTONIC) - before;
    if (between < smallest) smallest = between, best = there - before - between / 2;
  }
  return best;
}

/// The CPU clock of a thread of this process, as pthread_getcpuclockid makes it; nothing when it has ended.
std::optional<Micros> thread_cpu(pid_t thread) {
  const clockid_t id = static_cast<clockid_t>((~static_cast<unsigned>(thread) << 3) | 6U);
  timespec time{};
  if (::clock_gettime(id, &time) != 0) return std::nullopt;
  return micros_of(time);
}

int affinity_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return std::max(CPU_COUNT(&set), 1);
  return static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));  // more than 1024 cores
}

std::string read_proc(const Files& files, const char* path) {
  try {
    return files.read(path).value_or("");
  } catch (const Error&) {
    return "";
  }
}

std::int64_t resident_bytes(std::string_view statm) {
  const std::vector<std::string_view> pages = split(statm, ' ');
  if (pages.size() < 2) return 0;
  return parse_integer(pages[1], 0, INT64_MAX / (1 << 20)).value_or(0) * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

std::int64_t stolen_ticks(std::string_view proc_stat) {
  constexpr std::size_t kSteal = 7;  // user nice system idle iowait irq softirq steal
  std::vector<std::string_view> fields = split(proc_stat.substr(0, proc_stat.find('\n')), ' ');
  std::erase(fields, "");
  if (fields.size() <= kSteal + 1 || fields[0] != "cpu") return 0;
  return parse_integer(fields[kSteal + 1], 0, INT64_MAX).value_or(0);
}

SelfProbe::SelfProbe(const RunClock& clock)
    : clock_(clock),
      allowance_(read_cpu_allowance(files_, affinity_cores())),
      costly_at_(clock.now() - kCostlyEvery),
      held_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {}

SelfProbe::~SelfProbe() {
  if (held_ >= 0) ::close(held_);
}

SelfLog SelfProbe::empty_log() const {
  SelfLog log;
  log.cores = allowance_.cores;
  log.by_quota = allowance_.by_quota;
  log.machine_cores = static_cast<int>(std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L));
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) log.descriptor_limit = static_cast<int>(files.rlim_cur);
  return log;
}

SelfSample SelfProbe::look() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  sample_.at = clock_.now();
  sample_.cpu = micros_of(used.ru_utime) + micros_of(used.ru_stime);
  sample_.major_faults = used.ru_majflt;
  sample_.wall_offset = clock_offset(CLOCK_REALTIME);
  sample_.suspended = clock_offset(CLOCK_BOOTTIME);
  sample_.throttled = throttled_us(files_, allowance_);
  if (sample_.at - costly_at_ >= kCostlyEvery) look_at_costly();
  return sample_;
}

void SelfProbe::look_at_costly() {
  find_busiest_thread();
  costly_at_ = sample_.at;
  sample_.memory = resident_bytes(read_proc(files_, "/proc/self/statm"));
  sample_.stolen = stolen_ticks(read_proc(files_, "/proc/stat")) * 1'000'000 / ::sysconf(_SC_CLK_TCK);
  const int next = ::fcntl(held_, F_DUPFD_CLOEXEC, 0);
  if (next >= 0) {
    sample_.next_descriptor = next;
    ::close(next);
  } else if (rlimit files{}; errno == EMFILE && ::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    sample_.next_descriptor = static_cast<int>(files.rlim_cur);
  }
}

void SelfProbe::find_busiest_thread() {
  std::map<pid_t, Micros> now;
  Micros most = 0;
  std::error_code fault;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task", fault)) {
    const auto id = parse_integer(entry.path().filename().string(), 1, INT32_MAX);
    const auto cpu = id ? thread_cpu(static_cast<pid_t>(*id)) : std::nullopt;
    if (!cpu) continue;
    const auto before = threads_.find(static_cast<pid_t>(*id));
    if (before != threads_.end()) most = std::max(most, *cpu - before->second);
    now.emplace(static_cast<pid_t>(*id), *cpu);
  }
  const Micros time = std::max(sample_.at - costly_at_, Micros{1});
  sample_.busiest_thread = most * kCostlyEvery / time;
  threads_ = std::move(now);
}

}  // namespace wsdeep::load
