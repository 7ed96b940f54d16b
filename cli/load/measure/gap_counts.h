#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "load/measure/histogram.h"
#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// Gaps between pieces and how many tokens came with the later piece, counted together to three digits each: a sparse
/// table of the pairs that occur, eight bytes each.
class GapCounts {
 public:
  struct Pair {
    Micros gap;            ///< the highest that counts as this
    Micros lowest_gap;     ///< the lowest
    std::uint64_t tokens;  ///< 0: not known
    std::uint64_t count;
  };

  void record(Micros gap, std::uint32_t tokens);
  void add(const GapCounts& other);

  bool empty() const { return used_ == 0; }
  /// Of the gaps, whatever their tokens.
  Histogram gaps() const;
  /// In no order.
  std::vector<Pair> pairs() const;
  /// Exact sums over the gaps with tokens.
  double us_with_tokens() const { return us_with_tokens_; }
  std::uint64_t tokens() const { return tokens_; }

 private:
  void count(std::uint64_t key, std::uint64_t count);
  void grow();
  std::size_t place_of(std::uint64_t key) const;

  std::vector<std::uint64_t> table_;  ///< pairs with their counts, 0 where there is none; a power of two of them
  std::size_t used_ = 0;
  Micros least_ = 0;
  Micros most_ = 0;
  double total_us_ = 0;
  double us_with_tokens_ = 0;
  std::uint64_t tokens_ = 0;
};

}  // namespace wsdeep::load
