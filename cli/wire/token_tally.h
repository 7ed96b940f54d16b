#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "wire/llm.h"

namespace wsdeep::wire {

/// Tokens on their way with text, or waiting for some: a tag, half a character and the end's own have none.
struct TokenTally {
  std::int64_t count = 0;
  std::vector<std::uint32_t> offsets_us;  ///< empty, or one for each
  std::optional<NodeArrival> arrival{};   ///< with the first ones of a call

  bool operator==(const TokenTally&) const = default;
  bool empty() const { return count == 0; }

  /// Those of `chunk`, behind what is here.
  void take(LlmChunk& chunk) {
    count += std::exchange(chunk.tokens, 0);
    const auto offsets = std::exchange(chunk.token_offsets_us, {});
    offsets_us.insert(offsets_us.end(), offsets.begin(), offsets.end());
    if (chunk.arrival) arrival = std::exchange(chunk.arrival, {});
  }
  /// All of them, to a chunk instead of its own. The two change their rooms, which are used again.
  void give(LlmChunk& chunk) {
    constexpr std::int64_t kMost = std::numeric_limits<int>::max();
    chunk.tokens = static_cast<int>(std::min(std::exchange(count, 0), kMost));
    chunk.token_offsets_us.swap(offsets_us);
    offsets_us.clear();
    chunk.arrival.swap(arrival);
    arrival.reset();
  }
  /// The first ones, as many as `most` offsets are; all of those that have no offsets.
  TokenTally take_first(std::size_t most) {
    if (offsets_us.size() <= most) return std::exchange(*this, {});
    const auto end = offsets_us.begin() + static_cast<std::ptrdiff_t>(most);
    TokenTally first{static_cast<std::int64_t>(most), {offsets_us.begin(), end}, std::exchange(arrival, {})};
    offsets_us.erase(offsets_us.begin(), end);
    count -= first.count;
    return first;
  }
  void add(TokenTally more) {
    count += more.count;
    offsets_us.insert(offsets_us.end(), more.offsets_us.begin(), more.offsets_us.end());
    if (more.arrival) arrival = std::move(more.arrival);
  }
};

}  // namespace wsdeep::wire
