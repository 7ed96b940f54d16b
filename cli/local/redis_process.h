#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "net/event_loop.h"
#include "net/process.h"

namespace wsdeep::local {

/// `redis-server` for the lab of the local system: a child process on a free port of the loopback interface, with a
/// password of its own, started again when it ends. It keeps nothing on disk: what its sessions stand for dies with us.
class RedisProcess {
 public:
  struct Options {
    std::string program;
    std::filesystem::path folder;  ///< private: its configuration, which has the password
    std::map<std::string, std::string, std::less<>> environment;
    std::function<void(std::string_view)> log;       ///< what it writes
    std::function<void()> ready;                     ///< once
    std::function<void(std::string cause)> failed;   ///< it ended before it was ever ready
    std::chrono::milliseconds steady_after{10'000};  ///< when it has served so long its end is taken for the first one
  };
  /// Throws Error{kFailure} when it cannot be started.
  RedisProcess(net::EventLoop& loop, Files& files, Options options);

  /// As `wsdeep-lab` takes it: redis://127.0.0.1:PORT
  std::string url() const;
  std::filesystem::path password_file() const { return options_.folder / "redis-password"; }

 private:
  void start();
  void on_output(std::string_view text);
  void on_exit(int code);

  net::EventLoop& loop_;
  Files& files_;
  Options options_;
  std::string password_;
  std::uint16_t port_ = 0;
  std::string words_;  ///< of this process, the last ones
  bool was_ready_ = false;
  int tries_ = 0;  ///< before it was ready
  std::chrono::milliseconds wait_;
  std::optional<SteadyTime> serves_since_;  ///< this process
  net::EventLoop::Subscription restart_;
  std::unique_ptr<net::Process> process_;
};

}  // namespace wsdeep::local
