#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/event_loop.h"

namespace wsdeep::net {

struct ProcessOptions {
  std::string program;  ///< a path; not looked up in PATH
  std::vector<std::string> arguments;
  std::map<std::string, std::string, std::less<>> environment;  ///< all of it; nothing is inherited
  std::function<void(std::string_view)> on_stdout;              ///< pieces as they come; unset: /dev/null
  std::function<void(std::string_view)> on_stderr;
  /// After its output has ended (or a second after its end, when a grandchild keeps a pipe open) and it was reaped: the
  /// exit code, or minus the signal's number.
  std::function<void(int)> on_exit;
};

/// A child process on a loop. It dies with this process (PR_SET_PDEATHSIG), or already with the thread that made it;
/// has its own process group, /dev/null as stdin and no inherited descriptors. Destroying it kills its group (SIGKILL),
/// reaps it, and calls nothing any more.
class Process {
 public:
  /// Throws Error{kFailure} that names the program when it cannot be started (also when exec fails).
  Process(EventLoop& loop, ProcessOptions options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const;
  bool running() const;
  /// SIGTERM, and SIGKILL when it is still there after `grace`.
  void terminate(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::net
