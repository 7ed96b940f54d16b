#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "lab/jail_options.h"
#include "net/event_loop.h"

namespace wsdeep::lab {

/// A process of one thread and without secrets, from which all sessions are made: it is there before the server has a
/// thread, a connection or a password. It and all sessions end with this object, also when this process is killed.
class Keeper {
 public:
  /// For a process of one thread. `forget` overwrites what secrets are in its memory already: the keeper's and all
  /// sessions' first processes begin as copies of it. It is called there alone. Throws Error{kFailure}.
  Keeper(const JailOptions& options, const std::function<void()>& forget);
  /// Returns when all sessions are gone.
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  /// Makes a session and ends it, before `attach`: what this system does not allow shows at once. Throws
  /// Error{kFailure} that names the step, with what to do about it.
  void try_out(std::size_t image);
  /// `ended` is told the exit code of each session's shell, and `lost` when the keeper itself is gone.
  void attach(net::EventLoop& loop, std::function<void(unsigned number, int status)> ended, std::function<void()> lost);
  /// Nothing is told any more: before the loop goes.
  void detach();
  /// The control socket of the new session, on which it says `ready` or `failed` (lab/jail_init.h).
  OwnedDescriptor start(unsigned number, int cols, int rows, std::size_t image);
  void kill(unsigned number);

  /// Of memory, pids and cpu: what cannot be limited for a session as a whole.
  const std::vector<std::string>& missing_limits() const { return missing_limits_; }
  pid_t pid() const { return pid_; }

 private:
  void read();

  OwnedDescriptor socket_;
  pid_t pid_ = -1;
  std::vector<std::string> missing_limits_;
  std::function<void(unsigned, int)> ended_;
  std::function<void()> lost_;
  net::EventLoop::Subscription readable_;
};

}  // namespace wsdeep::lab
