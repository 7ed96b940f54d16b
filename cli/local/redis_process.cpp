#include "local/redis_process.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "base/descriptor.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"

namespace wsdeep::local {
namespace {

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5000};
constexpr std::size_t kMostOfOutput = 4000;
constexpr int kMostPorts = 5;
constexpr std::string_view kIsReady = "Ready to accept connections";

/// One that is free now; another program may take it before Redis does, which then says so.
std::uint16_t free_port() {
  const OwnedDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (socket.get() < 0 || ::bind(socket.get(), generic, size) != 0 || ::getsockname(socket.get(), generic, &size) != 0)
    throw Error(ErrorKind::kFailure, "cannot find a free port for redis-server");
  return ntohs(address.sin_port);
}

}  // namespace

RedisProcess::RedisProcess(net::EventLoop& loop, Files& files, Options options)
    : loop_(loop), files_(files), options_(std::move(options)), password_(hex(random_bytes(32))), wait_(kFirstPause) {
  files_.write(password_file(), password_ + "\n", 0600);
  start();
}

std::string RedisProcess::url() const {
  return fmt::format("redis://127.0.0.1:{}", port_);
}

/// Its password stands in a file: everybody sees the arguments of a process.
void RedisProcess::start() {
  if (!was_ready_) port_ = free_port();
  words_.clear();
  serves_since_.reset();
  const std::filesystem::path configuration = options_.folder / "redis.conf";
  files_.write(configuration,
               fmt::format("bind 127.0.0.1\nport {}\nrequirepass {}\nsave \"\"\nappendonly no\ndaemonize no\n"
                           "dir \"{}\"\nmaxmemory 64mb\nmaxmemory-policy noeviction\n",
                           port_, password_, options_.folder.string()),
               0600);
  net::ProcessOptions child;
  child.program = options_.program;
  child.arguments = {configuration.string()};
  child.environment = options_.environment;
  child.on_stdout = [this](std::string_view text) { on_output(text); };
  child.on_stderr = [this](std::string_view text) { on_output(text); };
  child.on_exit = [this](int code) { on_exit(code); };
  process_ = std::make_unique<net::Process>(loop_, std::move(child));
}

void RedisProcess::on_output(std::string_view text) {
  options_.log(text);
  words_ += text;
  if (words_.size() > kMostOfOutput) words_.erase(0, words_.size() - kMostOfOutput);
  if (serves_since_ || words_.find(kIsReady) == std::string::npos) return;
  serves_since_ = std::chrono::steady_clock::now();
  if (!std::exchange(was_ready_, true)) options_.ready();
}

/// Once it has served it keeps its port: the lab's server finds it again there.
void RedisProcess::on_exit(int code) {
  if (!was_ready_) {
    if (words_.find("Address already in use") != std::string::npos && ++tries_ < kMostPorts) return start();
    return options_.failed(fmt::format("redis-server ended ({}): {}", code, trim(words_)));
  }
  if (serves_since_ && std::chrono::steady_clock::now() - *serves_since_ >= options_.steady_after) wait_ = kFirstPause;
  log_warn("redis-server ended and is started again", {{"code", code}});
  restart_ = loop_.after(wait_, [this] { start(); });
  wait_ = std::min(wait_ * 2, kLongestPause);
}

}  // namespace wsdeep::local
