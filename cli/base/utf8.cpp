#include "base/utf8.h"

#include <algorithm>
#include <cstring>

namespace wsdeep {
namespace {

/// A sequence as its first byte announces it.
struct Sequence {
  std::size_t wanted = 0;   ///< its length; 0 for a byte that begins none
  std::size_t fitting = 0;  ///< how many bytes of it are there and well-formed
};

/// The sequence that starts `text`. The table is Unicode's 3-7.
Sequence sequence_at(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = at(0);
  if (first < 0x80) return {1, 1};
  if (first < 0xC2 || first > 0xF4) return {};
  const std::size_t wanted = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  std::size_t fitting = 1;
  if (at(1) < least || at(1) > most) return {wanted, fitting};
  do ++fitting;
  while (fitting < wanted && (at(fitting) & 0xC0) == 0x80);
  return {wanted, fitting};
}

/// The length of the well-formed sequence that starts `text`, or 0.
std::size_t utf8_sequence(std::string_view text) {
  const Sequence sequence = sequence_at(text);
  return sequence.fitting == sequence.wanted ? sequence.wanted : 0;
}

/// How many bytes of whole words of ASCII start `text`: most text is nothing else.
std::size_t ascii_words(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::size_t at = 0;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  return at;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (text.remove_prefix(ascii_words(text)); !text.empty(); text.remove_prefix(ascii_words(text))) {
    const std::size_t length = utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string well_formed_utf8(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string out;
  while (!text.empty()) {
    const Sequence sequence = sequence_at(text);
    const bool whole = sequence.wanted > 0 && sequence.fitting == sequence.wanted;
    const std::size_t length = std::max<std::size_t>(sequence.fitting, 1);
    out += whole ? text.substr(0, length) : kReplacement;
    text.remove_prefix(length);
  }
  return out;
}

std::size_t unfinished_utf8(std::string_view text) {
  constexpr std::size_t kMost = 3;
  for (std::size_t count = 1; count <= std::min(kMost, text.size()); ++count) {
    const Sequence sequence = sequence_at(text.substr(text.size() - count));
    if (sequence.wanted > 0) return sequence.wanted > count && sequence.fitting == count ? count : 0;
  }
  return 0;
}

std::size_t utf8_length(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string_view utf8_cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::size_t byte_of(std::string_view text, std::size_t index) {
  std::size_t byte = 0;
  for (; byte < text.size() && index > 0; --index) do
      ++byte;
    while (byte < text.size() && (static_cast<unsigned char>(text[byte]) & 0xC0) == 0x80);
  return byte;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F)), byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

}  // namespace wsdeep
