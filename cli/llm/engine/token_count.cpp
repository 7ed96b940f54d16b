#include "llm/engine/token_count.h"

#include <algorithm>

namespace wsdeep::llm {
namespace {

/// In one document: more than any context holds is a broken count.
constexpr std::int64_t kMostCounted = 1'000'000;

}  // namespace

int TokenCount::take(std::optional<std::int64_t> sum, bool has_text) {
  if (sum && !by_piece_) {
    const std::int64_t more = std::clamp<std::int64_t>(*sum - told_, 0, kMostCounted);
    told_ += more;
    return static_cast<int>(more);
  }
  by_piece_ = by_piece_ || has_text;
  return has_text ? 1 : 0;
}

}  // namespace wsdeep::llm
