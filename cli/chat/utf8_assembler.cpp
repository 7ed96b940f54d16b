#include "chat/utf8_assembler.h"

#include <algorithm>

#include "base/utf8.h"

namespace wsdeep::chat {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// How long the sequence is that `first` begins; 1 for what begins none.
std::size_t sequence_length(char first) {
  const auto c = static_cast<unsigned char>(first);
  if (c >= 0xF0) return 4;
  if (c >= 0xE0) return 3;
  return c >= 0xC0 ? 2 : 1;
}

/// `text` ends within a sequence that could still become a good one.
bool is_cut(std::string_view text) {
  const std::size_t length = sequence_length(text.front());
  return text.size() < length && std::all_of(text.begin() + 1, text.end(),
                                             [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; });
}

}  // namespace

std::string Utf8Assembler::feed(std::string_view bytes) {
  std::string text = std::move(held_);
  held_.clear();
  text += bytes;
  if (is_utf8(text)) return text;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = std::string_view(text).substr(at);
    if (is_cut(rest)) {
      held_ = rest;
      break;
    }
    const std::string_view sequence = rest.substr(0, sequence_length(rest.front()));
    const bool good = is_utf8(sequence);
    out += good ? sequence : kReplacement;
    at += good ? sequence.size() : 1;
  }
  return out;
}

std::string Utf8Assembler::finish() {
  std::string out;
  for (std::size_t i = 0; i < held_.size(); ++i) out += kReplacement;
  held_.clear();
  return out;
}

}  // namespace wsdeep::chat
