#pragma once

#include <cstdint>
#include <string>

namespace wsdeep::load {

/// Text for a prompt that is made up: plain words in no order, with kBytesPerToken bytes for each token. The words are
/// short and common, as long as that with their blank in the mean, so that a model's own count is not far from it.

/// `tokens` tokens (1 or more), the same for a seed on every machine; the last byte is a question mark.
std::string prompt_text(std::uint64_t seed, int tokens);
/// Puts as many, that end in a blank, behind `out`: for what is made of several.
void append_prompt_text(std::string& out, std::uint64_t seed, int tokens);

}  // namespace wsdeep::load
