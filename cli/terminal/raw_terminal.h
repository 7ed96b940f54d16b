#pragma once

#include "terminal/live_output.h"

namespace wsdeep {

/// Standard input's terminal, handing on every key as it is: none is echoed, and none stops or interrupts us. It is as
/// it was before when this is destroyed, while `leave` is in force, and when the program crashes; a signal that ends
/// the program has to be handled by its owner, who then destroys this. At most one at a time.
class RawTerminal {
 public:
  /// Throws Error{kFailure} when standard input is no terminal, or does not let itself be changed.
  RawTerminal();
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  /// As before, and raw again; each may be called twice.
  void leave();
  void enter();
  /// Of the terminal, as it is now.
  ScreenSize size() const;
};

}  // namespace wsdeep
