#pragma once

#include <string>
#include <string_view>

namespace wsdeep {

/// `text` for a terminal, in one line: control characters, line breaks and what turns the direction of writing become
/// visible escapes (`\n`, `\x1b`, `\u202e`), and so do bytes that are no UTF-8.
std::string printable(std::string_view text);
/// As above, but line breaks stay: for text that has lines of its own.
std::string printable_lines(std::string_view text);

/// `text` with every control character but tab and newline removed (C0, DEL and C1).
std::string strip_control(std::string_view text);

}  // namespace wsdeep
