#include "load/local_place.h"

#include <fmt/format.h>

#include <csignal>
#include <cstring>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "base/temporary_folder.h"
#include "load/drive/loop_threads.h"
#include "load/shard/worker_line.h"
#include "net/process.h"

namespace wsdeep::load {
namespace {

/// A line of output that has no end is none.
constexpr std::size_t kLongestWorkerLine = 64 << 10;

/// Cuts output into lines as it comes.
class WorkerLines {
 public:
  template <typename Take>
  void add(std::string_view text, const Take& take) {
    rest_ += text;
    for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
      take(std::string_view(rest_).substr(0, end));
      rest_.erase(0, end + 1);
    }
    if (rest_.size() > kLongestWorkerLine) rest_.clear();
  }

 private:
  std::string rest_;
};

/// The process belongs to the loop's thread; all else is guarded by the place's mutex.
struct LocalWorker {
  WorkerLines out, err;
  std::string last_words;
  WorkerStanding standing;
  std::unique_ptr<net::Process> process;
};

std::string end_words(int code, const std::string& last_words) {
  if (code < 0) return fmt::format("it was killed by signal {} ({})", -code, ::strsignal(-code));
  return fmt::format("it ended with exit code {}{}{}", code, last_words.empty() ? "" : ": ", last_words);
}

}  // namespace

struct LocalPlace::Impl {
  Impl(std::string path, Env variables, OnWords words)
      : program(std::move(path)), env(std::move(variables)), on_words(std::move(words)) {}

  ~Impl() {
    loops.run_on(0, [this] {
      for (LocalWorker& worker : workers) worker.process.reset();
    });
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::filesystem::path shard_of(int worker) const { return shards.path() / fmt::format("{}.shard", worker); }

  net::ProcessOptions options_of(const WorkersRun& run, int worker, const std::vector<std::string>& arguments) {
    net::ProcessOptions child;
    child.program = program;
    child.arguments = arguments;
    child.environment = env.all();
    for (auto& [name, value] : worker_environment(run, worker, shard_of(worker).string()))
      child.environment[name] = value;
    child.on_stdout = [this, worker](std::string_view text) { on_stdout(worker, text); };
    child.on_stderr = [this, worker](std::string_view text) { on_stderr(worker, text); };
    child.on_exit = [this, worker](int code) { on_exit(worker, code); };
    return child;
  }

  LocalWorker& worker_at(int worker) { return workers[static_cast<std::size_t>(worker)]; }

  void on_stdout(int number, std::string_view text) {
    const std::lock_guard lock(mutex);
    LocalWorker& worker = worker_at(number);
    worker.out.add(text, [&](std::string_view line) {
      if (!read_worker_line(line, worker.standing)) said.emplace_back(number, line);
    });
  }

  void on_stderr(int number, std::string_view text) {
    const std::lock_guard lock(mutex);
    LocalWorker& worker = worker_at(number);
    worker.err.add(text, [&](std::string_view line) {
      said.emplace_back(number, line);
      worker.last_words = line;
    });
  }

  void on_exit(int number, int code) {
    const std::lock_guard lock(mutex);
    LocalWorker& worker = worker_at(number);
    worker.standing.state = code < 0 ? WorkerState::kGone : WorkerState::kOver;
    if (code != 0) worker.standing.why = end_words(code, worker.last_words);
  }

  /// What was said since.
  void pass_words_on() {
    std::vector<std::pair<int, std::string>> words;
    {
      const std::lock_guard lock(mutex);
      words.swap(said);
    }
    for (const auto& [worker, line] : words) on_words(worker, line);
  }

  const std::string program;
  const Env env;
  const OnWords on_words;
  const TemporaryFolder shards;

  std::mutex mutex;  ///< of the workers' standings, and of what they said
  std::vector<LocalWorker> workers;
  std::vector<std::pair<int, std::string>> said;

  LoopThreads loops{1};
};

LocalPlace::LocalPlace(std::string program, Env env, OnWords on_words)
    : impl_(std::make_unique<Impl>(std::move(program), std::move(env), std::move(on_words))) {}

LocalPlace::~LocalPlace() = default;

/// Some processes on some cores, which read their plans all at once.
std::chrono::seconds LocalPlace::start_up() const {
  return std::chrono::seconds(3);
}

void LocalPlace::start(const WorkersRun& run, const std::vector<std::string>& arguments) {
  impl_->workers.resize(static_cast<std::size_t>(run.workers));
  impl_->loops.run_on(0, [&] {
    for (int worker = 0; worker < run.workers; ++worker)
      impl_->worker_at(worker).process =
          std::make_unique<net::Process>(impl_->loops.loop(0), impl_->options_of(run, worker, arguments));
  });
}

std::vector<WorkerStanding> LocalPlace::standings() {
  impl_->pass_words_on();
  const std::lock_guard lock(impl_->mutex);
  std::vector<WorkerStanding> standings;
  for (const LocalWorker& worker : impl_->workers) standings.push_back(worker.standing);
  return standings;
}

/// The first SIGTERM asks a worker to begin no turn, the second to let none go on.
void LocalPlace::stop(WorkersStop) {
  impl_->loops.run_on(0, [this] {
    for (const LocalWorker& worker : impl_->workers)
      if (worker.process->running()) ::kill(worker.process->pid(), SIGTERM);
  });
}

std::optional<std::filesystem::path> LocalPlace::fetch(int worker) {
  impl_->pass_words_on();
  std::filesystem::path shard = impl_->shard_of(worker);
  if (!std::filesystem::exists(shard)) return std::nullopt;
  return shard;
}

}  // namespace wsdeep::load
