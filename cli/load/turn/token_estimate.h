#pragma once

#include <cstdint>

namespace wsdeep::load {

/// What a token is taken for where nobody has counted.
inline constexpr std::int64_t kBytesPerToken = 4;

/// How many tokens so many bytes of text are taken for.
constexpr std::int64_t estimated_tokens(std::int64_t bytes) {
  return (bytes + kBytesPerToken - 1) / kBytesPerToken;
}

}  // namespace wsdeep::load
