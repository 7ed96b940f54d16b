#pragma once

#include <chrono>
#include <stop_token>
#include <thread>

#include "base/error.h"

namespace wsdeep {

/// While it lives, SIGINT, SIGTERM and SIGHUP (a terminal that was closed) are noted rather than obeyed, so that a
/// command can say what it leaves behind. A second SIGINT or SIGTERM ends the program, or the third, where the second
/// is to hurry what the first has begun to end. Prompts are interrupted too. At most one at a time.
class Interrupts {
 public:
  enum class Second { kEnds, kHurries };
  explicit Interrupts(Second second = Second::kEnds);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  bool requested() const;
  /// Stops when a signal comes: for calls, which would otherwise go on until their time-out.
  std::stop_token token() const { return stop_.get_token(); }
  /// Stops when a second signal comes that is to hurry.
  std::stop_token hurry() const { return hurry_.get_token(); }
  /// Waits that long; true, at once, when a signal has come.
  bool wait(std::chrono::milliseconds duration) const;

 private:
  void watch();

  std::stop_source stop_;
  std::stop_source hurry_;
  std::jthread watcher_;
};

/// Does `work`. What fails in it because a signal came is Error{kInterrupted} with that hint instead: nobody wants to
/// read which call it was that Ctrl-C ended.
template <typename Work>
auto unless_interrupted(const Interrupts& interrupts, const std::string& hint, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    if (!interrupts.requested() || error.kind() == ErrorKind::kInterrupted) throw;
    throw Error(ErrorKind::kInterrupted, "interrupted", hint);
  }
}

}  // namespace wsdeep
