#include "base/dice.h"

#include <bit>

namespace wsdeep {

std::uint64_t Dice::next() {
  std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

LongDice::LongDice(std::uint64_t seed) : state_{} {
  Dice dice(seed);
  for (std::uint64_t& word : state_) word = dice.next();
}

std::uint64_t LongDice::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t seed_of(std::uint64_t seed, std::uint64_t a, std::uint64_t b) {
  const std::uint64_t first = Dice(seed ^ Dice(a).next()).next();
  return Dice(first ^ Dice(~b).next()).next();
}

}  // namespace wsdeep
