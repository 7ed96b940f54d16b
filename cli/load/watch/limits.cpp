#include "load/watch/limits.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/display.h"
#include "base/error.h"
#include "base/text.h"
#include "base/url.h"

namespace wsdeep::load {
namespace {

/// Beside the sessions: standard streams, timers, event loops, outputs, channels to nodes, look-ups under way.
constexpr std::uint64_t kOwnDescriptors = 200;
constexpr std::uint64_t kBytesPerTurn = 400;          ///< an arrival, and the instants that the recorder keeps
constexpr std::uint64_t kBytesPerSession = 50 << 10;  ///< with TLS
constexpr std::uint64_t kBytesOfOurOwn = 64 << 20;
/// Of the memory that is free: the target may be on this machine too.
constexpr double kShareOfMemory = 0.8;
constexpr std::uint64_t kMostPorts = 65'535 - 1'024 + 1;

std::string seconds_of(Micros time) {
  return fmt::format("{}s", (time + 999'999) / 1'000'000);
}

void require_below(bool holds, const std::string& what, const std::string& cap, const std::string& flag) {
  if (!holds)
    throw Error(ErrorKind::kUsage, fmt::format("{} is above the cap of {}", what, cap),
                fmt::format("if that is meant: {}", flag));
}

std::optional<std::string> read_kernel(const Files& files, const char* path) {
  try {
    return files.read(path);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// `32768\t60999\n` → 28232.
std::optional<std::uint64_t> local_ports(const Files& files) {
  std::string text = read_kernel(files, "/proc/sys/net/ipv4/ip_local_port_range").value_or("");
  std::replace(text.begin(), text.end(), '\t', ' ');
  std::vector<std::string_view> bounds = split(trim(text), ' ');
  std::erase(bounds, "");
  if (bounds.size() != 2) return std::nullopt;
  const auto low = parse_integer(bounds[0], 1, 65'535);
  const auto high = parse_integer(bounds[1], 1, 65'535);
  if (!low || !high || *low > *high) return std::nullopt;
  return static_cast<std::uint64_t>(*high - *low + 1);
}

void check_ports(const RunSize& size, const Files& files) {
  const std::uint64_t addresses = std::max<std::uint64_t>(size.addresses, 1);
  const std::uint64_t each = (size.sessions + addresses - 1) / addresses;
  const auto ports = local_ports(files);
  if (!ports || each <= *ports) return;
  throw Error(
      ErrorKind::kFailure,
      fmt::format("cannot open {} connections to one address: this machine has {} local ports for them", each, *ports),
      each <= kMostPorts ? "more of them: sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\""
                         : "share the load among several machines, or have the target listen on more addresses");
}

/// `MemAvailable:   12345 kB`
std::optional<std::uint64_t> memory_available(const Files& files) {
  const std::string text = read_kernel(files, "/proc/meminfo").value_or("");
  for (std::string_view line : split(text, '\n')) {
    constexpr std::string_view kName = "MemAvailable:";
    if (!line.starts_with(kName) || !line.ends_with(" kB")) continue;
    line.remove_suffix(3);
    const auto kib = parse_integer(trim(line.substr(kName.size())), 0, INT64_MAX >> 10);
    return kib ? std::optional(static_cast<std::uint64_t>(*kib) << 10) : std::nullopt;
  }
  return std::nullopt;
}

void check_memory(const RunSize& size, const Files& files) {
  const auto available = memory_available(files);
  const std::uint64_t needed = memory_estimate(size);
  if (!available || static_cast<double>(needed) <= kShareOfMemory * static_cast<double>(*available)) return;
  throw Error(ErrorKind::kFailure,
              fmt::format("cannot keep {} turns and {} sessions: about {} are needed, and {} of memory are free",
                          size.turns, size.sessions, human_bytes(needed), human_bytes(*available)),
              "run for a shorter time, at a lower rate, or on several machines");
}

/// Of a URL its host; what is none is a host already, perhaps with a port.
std::string host_in(std::string_view text) {
  if (text.find("://") != std::string_view::npos) return parse_url(text).host;
  if (std::count(text.begin(), text.end(), ':') == 1) return std::string(text.substr(0, text.find(':')));
  return std::string(text);
}

}  // namespace

void check_caps(const RunSize& size, const LoadCaps& caps) {
  require_below(size.rate <= caps.rate, fmt::format("a rate of {:g}/s", size.rate), fmt::format("{:g}/s", caps.rate),
                fmt::format("--max-rate {:g}/s", size.rate));
  require_below(size.sessions <= caps.sessions, fmt::format("the number of {} sessions", size.sessions),
                fmt::format("{}", caps.sessions), fmt::format("--max-sessions {}", size.sessions));
  require_below(size.duration <= caps.duration, fmt::format("a duration of {}", seconds_of(size.duration)),
                seconds_of(caps.duration), fmt::format("--max-duration {}", seconds_of(size.duration)));
}

std::uint64_t memory_estimate(const RunSize& size) {
  return kBytesOfOurOwn + size.turns * kBytesPerTurn + size.sessions * kBytesPerSession;
}

void check_machine(const RunSize& size, const Files& files) {
  check_ports(size, files);
  check_memory(size, files);
}

void make_room_for_descriptors(std::uint64_t sessions) {
  const std::uint64_t needed = sessions + kOwnDescriptors;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return;
  if (limit.rlim_max < needed)
    throw Error(ErrorKind::kFailure,
                fmt::format("cannot hold {} sessions: {} file descriptors are needed, and {} are allowed", sessions,
                            needed, limit.rlim_max),
                fmt::format("in this shell: ulimit -n {0} (root may raise the hard limit); in a systemd unit: "
                            "LimitNOFILE={0}",
                            std::max<std::uint64_t>(needed, 65'536)));
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
    throw Error(ErrorKind::kFailure, fmt::format("cannot raise the limit of file descriptors to {}: {}", limit.rlim_max,
                                                 std::strerror(errno)));
}

bool is_loopback(std::string_view host) {
  const std::string text = to_lower(host);
  if (text == "localhost") return true;
  in_addr four{};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  return ::inet_pton(AF_INET6, text.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

void require_own_target(std::string_view url, const std::vector<std::string>& known, bool said_own) {
  const std::string host = parse_url(url).host;
  if (said_own || is_loopback(host)) return;
  if (std::any_of(known.begin(), known.end(), [&](const std::string& one) { return iequals(host_in(one), host); }))
    return;
  throw Error(ErrorKind::kUsage,
              fmt::format("whose is {}? a load test may only go to loopback, to the local system, and to what the "
                          "outputs of an environment name",
                          host),
              "if it is yours to load: --i-own-this-target");
}

}  // namespace wsdeep::load
