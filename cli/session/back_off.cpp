#include "session/back_off.h"

#include <algorithm>
#include <cstdint>

namespace wsdeep::session {

std::chrono::milliseconds BackOff::next() {
  constexpr int kEnoughDoublings = 10;
  const auto window = std::min(kLongestWindow, kFirstWindow * (1 << std::min(failures_, kEnoughDoublings)));
  ++failures_;
  return kLeast + std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(window.count()) * random_()));
}

}  // namespace wsdeep::session
