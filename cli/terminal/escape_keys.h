#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wsdeep {

/// What a person wants of the program that hands his keys on, rather than of where they go.
enum class EscapeCommand { kNone, kLeave, kSuspend, kRepaint, kHelp };

/// Keys to hand on, and a command to follow behind them.
struct KeyPiece {
  std::string keys;
  EscapeCommand command = EscapeCommand::kNone;
  friend bool operator==(const KeyPiece&, const KeyPiece&) = default;
};

/// The escapes that ssh has: behind Enter, `~.` leaves, `~^Z` suspends, `~r` draws the screen anew, `~?` helps, `~~` is
/// one `~`; before anything else a `~` is what it is.
class EscapeKeys {
 public:
  std::vector<KeyPiece> feed(std::string_view keys);

 private:
  bool at_begin_ = true;  ///< of a line
  bool escaped_ = false;  ///< a `~` there is held
};

}  // namespace wsdeep
