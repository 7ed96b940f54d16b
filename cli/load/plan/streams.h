#pragma once

#include <cstdint>

#include "base/dice.h"

namespace wsdeep::load {

/// What is drawn by a run's seed. Each kind has a stream of its own, so that one draw more of a kind changes no other.
enum class Stream : std::uint64_t {
  kCancel = 1,
  kThink,
  kPromptLength,
  kOutputLength,
  kPromptText,
  kTurns,
  kPrefixChoice,
  kPrefixText,
  kBlockText,
};

/// The seed of the draws of this kind for `a` and `b`, such as a conversation and its turn.
inline std::uint64_t stream_seed(std::uint64_t seed, Stream stream, std::uint64_t a, std::uint64_t b = 0) {
  return seed_of(seed_of(seed, static_cast<std::uint64_t>(stream)), a, b);
}

}  // namespace wsdeep::load
