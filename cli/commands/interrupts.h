#pragma once

#include <chrono>

namespace wsdeep::commands {

/// While it lives, SIGINT and SIGTERM are noted rather than obeyed, so that a command can say what it leaves behind. A
/// second one ends the program. Prompts are interrupted too. At most one at a time.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  bool requested() const;
  /// Waits that long; true, at once, when a signal has come.
  bool wait(std::chrono::milliseconds duration) const;
};

}  // namespace wsdeep::commands
