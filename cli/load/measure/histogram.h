#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace wsdeep::load {

/// Counts of values by their size, to three significant digits (HdrHistogram's buckets: unit magnitude 0, 2048
/// sub-buckets), from 0 to kMaxValue; in µs for times. Adding two is exact. Grows with the largest value that it holds.
class Histogram {
 public:
  static constexpr int kSignificantDigits = 3;
  static constexpr std::int64_t kMaxValue = 24LL * 3600 * 1'000'000;  ///< larger ones count as this
  static constexpr std::size_t kMaxCounts = 27 * 1024 + 264;          ///< up to the bucket of kMaxValue

  /// Of counts that another one had. Which values were in a bucket is lost: the least one is its bucket's lowest, the
  /// largest one its bucket's highest, and for the sum each is its bucket's middle, as HdrHistogram has them.
  static Histogram of_counts(std::vector<std::uint64_t> counts);
  /// Of counts of values of which least, largest and sum are known.
  static Histogram of_counts(std::vector<std::uint64_t> counts, std::int64_t min, std::int64_t max, double sum);

  /// What its values were exactly, where `of_counts` knows it by buckets. False, and nothing is done, when the counts
  /// contradict it.
  bool restate(std::int64_t min, std::int64_t max, double sum);

  /// A value below 0 counts as 0.
  void record(std::int64_t value, std::uint64_t count = 1);
  void add(const Histogram& other);

  std::uint64_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  /// The highest value that counts as the same as the one at rank ⌈share·count⌉; 0 when empty.
  std::int64_t quantile(double share) const;
  /// The same for a rank from 1 on.
  std::int64_t at_rank(std::uint64_t rank) const;
  /// The first place up to which both together have `rank` values; the last place when they have fewer.
  static std::size_t index_at_rank(const Histogram& one, const Histogram& other, std::uint64_t rank);
  /// ⌈share·count⌉, from 1 to `count`.
  static std::uint64_t rank_of(double share, std::uint64_t count);
  /// How many are not above `value`, or count as the same.
  std::uint64_t count_up_to(std::int64_t value) const;
  std::int64_t min() const { return count_ == 0 ? 0 : min_; }
  std::int64_t max() const { return max_; }
  double mean() const;
  /// Of the recorded values, exact.
  double sum() const { return sum_; }

  std::span<const std::uint64_t> counts() const { return counts_; }
  static std::size_t index_of(std::int64_t value);
  static std::int64_t lowest_at(std::size_t index);
  static std::int64_t highest_at(std::size_t index);

  bool operator==(const Histogram&) const = default;

 private:
  std::vector<std::uint64_t> counts_;  ///< up to the last that is not 0
  std::uint64_t count_ = 0;
  std::int64_t min_ = 0;
  std::int64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace wsdeep::load
