#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wsdeep::load {

/// Text for a prompt that is made up: plain words in no order. A token is taken for four bytes, here as wherever nobody
/// has counted; the words are short and common, four bytes with their blank in the mean, so that a model's own count is
/// not far from it.
inline constexpr std::size_t kPromptBytesPerToken = 4;

/// `tokens` tokens (1 or more), the same for a seed on every machine; the last byte is a question mark.
std::string prompt_text(std::uint64_t seed, int tokens);
/// Puts as many, that end in a blank, behind `out`: for what is made of several.
void append_prompt_text(std::string& out, std::uint64_t seed, int tokens);

/// How many tokens `text` is taken for.
std::size_t estimated_tokens(std::string_view text);

}  // namespace wsdeep::load
