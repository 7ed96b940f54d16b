#pragma once

#include <array>
#include <cstdint>

/// Chance by a seed: the same streams on every machine, unlike the standard library's distributions.
namespace wsdeep {

/// SplitMix64: 64 bits of state, for short streams of which there are many, each with a seed of its own.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// From [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// From [0, bound), bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

 private:
  std::uint64_t state_;
};

/// xoshiro256** (Blackman and Vigna), its state drawn by SplitMix64: for one long stream, such as a run's schedule.
class LongDice {
 public:
  using State = std::array<std::uint64_t, 4>;
  explicit LongDice(std::uint64_t seed);
  explicit LongDice(const State& state) : state_(state) {}
  std::uint64_t next();
  /// From [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  State state_;
};

/// The seed of a stream of its own for `a` and `b`, below `seed`.
std::uint64_t seed_of(std::uint64_t seed, std::uint64_t a, std::uint64_t b = 0);

}  // namespace wsdeep
