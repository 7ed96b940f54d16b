#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wsdeep {

/// The columns that well-formed UTF-8 takes on a screen: what East Asia writes and most emoji two, combining marks and
/// SGR sequences (colours) none.
std::size_t display_width(std::string_view text);

/// The length of the SGR sequence that starts `text`; 0 when none does.
std::size_t sgr_sequence(std::string_view text);

/// `text` inside an SGR sequence such as "1;31"; as it is when either is empty.
std::string styled(std::string_view sgr, std::string_view text);

/// Well-formed UTF-8 as a screen of `columns` shows it; 0 columns, no screen: as it is. `cut_end` drops what is too
/// much and ends with …, but keeps all SGR sequences, so that no colour runs on; `cut_middle` keeps beginning and end,
/// for names that differ in either.
std::string cut_end(const std::string& text, std::size_t columns);
std::string cut_middle(const std::string& text, std::size_t columns);

/// Lines broken at blanks so that each fits, but for a word that is too long by itself; all but the first are indented.
std::string wrap(std::string_view text, std::size_t columns, std::size_t indent);

/// `12.3 MB`, `640 B`: decimal units, as AWS prints them.
std::string human_bytes(std::uint64_t bytes);

}  // namespace wsdeep
