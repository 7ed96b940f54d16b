#include "load/drive/piece_order.h"

#include <algorithm>
#include <limits>

namespace wsdeep::load {

void PieceOrder::take(std::int64_t number, TurnRecord& record) {
  number = std::min(number, std::numeric_limits<std::int64_t>::max() - 1);
  if (number < next_) {
    const bool late = missing_.erase(number) > 0;
    ++(late ? record.disorders : record.repeats);
    if (late) --record.gaps;
    return;
  }
  const std::int64_t jump = number - next_;
  if (jump > kLongestJump) {
    ++record.gaps;
  } else {
    for (; next_ < number; ++next_) missing_.insert(next_);
    record.gaps += static_cast<std::uint32_t>(jump);
  }
  next_ = number + 1;
}

void PieceOrder::restart() {
  next_ = 0;
  missing_.clear();
}

}  // namespace wsdeep::load
