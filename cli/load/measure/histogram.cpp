#include "load/measure/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

/// The buckets are those of HdrHistogram with unit magnitude 0 and three digits, so that its readers find their counts
/// where ours are. Bucket 0 holds 0 … 2047 one by one; bucket b > 0 holds 1024 · 2^b … 2048 · 2^b − 1 in 1024 steps of
/// 2^b, each at most 1/1024 of its value wide. 3000 µs, for example: its highest bit is bit 11, so b = 1, step
/// 3000 >> 1 = 1500, and the index is (1 + 1) · 1024 + (1500 − 1024) = 2524, which holds 3000 and 3001.
///
/// Loops over counts use pointers: there are thousands of counts, and an unoptimised build calls two functions for each
/// that it takes from a vector.

namespace wsdeep::load {

namespace {

constexpr int kHalfBits = 10;
constexpr std::int64_t kHalf = 1LL << kHalfBits;
constexpr std::int64_t kFirstBucket = 2 * kHalf;

constexpr int bucket_at(std::size_t index) {
  return std::max(0, static_cast<int>(index >> kHalfBits) - 1);
}

/// As HdrHistogram has it: a whole number, the upper one of two.
std::int64_t middle_at(std::size_t index) {
  const std::int64_t lowest = Histogram::lowest_at(index);
  return lowest + ((Histogram::highest_at(index) - lowest + 1) >> 1);
}

}  // namespace

Histogram Histogram::of_counts(std::vector<std::uint64_t> counts) {
  Histogram made;
  counts.resize(std::min(counts.size(), kMaxCounts));
  while (!counts.empty() && counts.back() == 0) counts.pop_back();
  if (counts.empty()) return made;
  const std::uint64_t* const each = counts.data();
  const std::size_t size = counts.size();
  for (std::size_t index = 0; index < size; ++index) {
    if (each[index] == 0) continue;
    if (made.empty()) made.min_ = lowest_at(index);
    made.count_ += each[index];
    made.sum_ += static_cast<double>(each[index]) * static_cast<double>(middle_at(index));
  }
  made.max_ = highest_at(counts.size() - 1);
  made.counts_ = std::move(counts);
  return made;
}

Histogram Histogram::of_counts(std::vector<std::uint64_t> counts, std::int64_t min, std::int64_t max, double sum) {
  Histogram made = of_counts(std::move(counts));
  if (made.empty()) return made;
  made.min_ = min;
  made.max_ = max;
  made.sum_ = sum;
  return made;
}

bool Histogram::restate(std::int64_t min, std::int64_t max, double sum) {
  const auto fits = [](std::int64_t exact, std::int64_t known) {
    return exact >= 0 && exact <= kMaxValue && index_of(exact) == index_of(std::min(known, kMaxValue));
  };
  if (empty() || !fits(min, min_) || !fits(max, max_) || min > max) return false;
  constexpr double kRounding = 1e-9;  // of a sum of many
  const double mean = sum / static_cast<double>(count_);
  if (!(mean >= static_cast<double>(min) * (1 - kRounding) && mean <= static_cast<double>(max) * (1 + kRounding)))
    return false;
  min_ = min;
  max_ = max;
  sum_ = sum;
  return true;
}

void Histogram::record(std::int64_t value, std::uint64_t count) {
  if (count == 0) return;
  value = std::clamp<std::int64_t>(value, 0, kMaxValue);
  const std::size_t index = index_of(value);
  if (index >= counts_.size()) counts_.resize(index + 1);
  counts_[index] += count;
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value) * static_cast<double>(count);
  count_ += count;
}

void Histogram::add(const Histogram& other) {
  if (other.empty()) return;
  if (counts_.size() < other.counts_.size()) counts_.resize(other.counts_.size());
  const std::size_t size = other.counts_.size();
  const std::uint64_t* const each = other.counts_.data();
  std::uint64_t* const sums = counts_.data();
  for (std::size_t index = index_of(other.min_); index < size; ++index) sums[index] += each[index];
  min_ = empty() ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
  count_ += other.count_;
}

std::uint64_t Histogram::rank_of(double share, std::uint64_t count) {
  // The next smaller number: 0.07 · 100 is a little more than 7, and its rank is 7 all the same.
  const double rank = std::ceil(std::nextafter(std::clamp(share, 0.0, 1.0), 0.0) * static_cast<double>(count));
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, std::max<std::uint64_t>(count, 1));
}

std::int64_t Histogram::quantile(double share) const {
  return at_rank(rank_of(share, count_));
}

std::int64_t Histogram::at_rank(std::uint64_t rank) const {
  return empty() ? 0 : highest_at(index_at_rank(*this, {}, std::max<std::uint64_t>(rank, 1)));
}

std::size_t Histogram::index_at_rank(const Histogram& one, const Histogram& other, std::uint64_t rank) {
  const std::uint64_t *const ones = one.counts_.data(), *const others = other.counts_.data();
  const std::size_t of_one = one.counts_.size(), of_other = other.counts_.size();
  std::uint64_t seen = 0;
  std::size_t index = 0;
  for (const std::size_t end = std::max(of_one, of_other); index + 1 < end; ++index) {
    seen += (index < of_one ? ones[index] : 0) + (index < of_other ? others[index] : 0);
    if (seen >= rank) break;
  }
  return index;
}

std::uint64_t Histogram::count_up_to(std::int64_t value) const {
  if (value < 0) return 0;
  std::uint64_t seen = 0;
  const std::size_t end = std::min(counts_.size(), index_of(std::min(value, kMaxValue)) + 1);
  const std::uint64_t* const each = counts_.data();
  for (std::size_t index = 0; index < end; ++index) seen += each[index];
  return seen;
}

double Histogram::mean() const {
  return empty() ? 0 : sum_ / static_cast<double>(count_);
}

std::size_t Histogram::index_of(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  const int bucket = static_cast<int>(std::bit_width(bits | (kFirstBucket - 1))) - (kHalfBits + 1);
  return (static_cast<std::size_t>(bucket) << kHalfBits) + static_cast<std::size_t>(bits >> bucket);
}

std::int64_t Histogram::lowest_at(std::size_t index) {
  const int bucket = bucket_at(index);
  return static_cast<std::int64_t>(index - (static_cast<std::size_t>(bucket) << kHalfBits)) << bucket;
}

std::int64_t Histogram::highest_at(std::size_t index) {
  return lowest_at(index) + (1LL << bucket_at(index)) - 1;
}

}  // namespace wsdeep::load
