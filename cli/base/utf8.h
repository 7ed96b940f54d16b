#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wsdeep {

/// True for well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF (RFC 3629).
bool is_utf8(std::string_view text);
/// `text` with U+FFFD for what is not well-formed: one for each sequence that is cut short (Unicode's "maximal
/// subpart"), and one for each byte that cannot be in any.
std::string well_formed_utf8(std::string_view text);
/// How many bytes at the end of `text` are the begin of a code point of which the rest is still to come: 0 to 3.
std::size_t unfinished_utf8(std::string_view text);
/// How many code points `text`, which must be well-formed, holds.
std::size_t utf8_length(std::string_view text);
/// The longest start of `text` that has at most `most` bytes and ends between two code points of well-formed text.
std::string_view utf8_cut(std::string_view text, std::size_t most);
/// The byte at which code point number `index` of `text` starts; its size when there are not so many.
std::size_t byte_of(std::string_view text, std::size_t index);
/// Adds the code point, which must be one: at most U+10FFFF and no surrogate.
void append_utf8(std::string& out, std::uint32_t code);

}  // namespace wsdeep
