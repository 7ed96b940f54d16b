#pragma once

namespace wsdeep {

/// Standard input's terminal, not showing what is typed: each key waits to be read, but those that interrupt or stop
/// the program still do. The terminal is as it was before when this is destroyed, while the program is stopped, and
/// when it crashes or is ended by Ctrl-\; another signal that ends it has to be handled by its owner, who then destroys
/// this. What is no terminal, or another program's, is left alone. At most one at a time.
class HiddenKeys {
 public:
  HiddenKeys();
  ~HiddenKeys();
  HiddenKeys(const HiddenKeys&) = delete;
  HiddenKeys& operator=(const HiddenKeys&) = delete;

  /// Hides them again if the shell has meanwhile had the terminal. Whether keys may be read: one that reads in the
  /// background is stopped for it.
  bool hide();
};

}  // namespace wsdeep
