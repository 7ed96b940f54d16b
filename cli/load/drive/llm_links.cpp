#include "load/drive/llm_links.h"

#include <algorithm>
#include <chrono>

namespace wsdeep::load {
namespace {

constexpr std::chrono::seconds kReachPatience{10};
/// The next connection is made while the last one still has this much room.
constexpr std::size_t kRoomAhead = 25;

}  // namespace

void LlmLinks::reach() {
  const std::lock_guard lock(mutex_);
  if (links_.empty()) links_.emplace_back(target_);
  static_cast<void>(links_.front().client.health(kReachPatience));
}

LlmLink& LlmLinks::take() {
  const std::lock_guard lock(mutex_);
  auto found =
      std::find_if(links_.begin(), links_.end(), [](const LlmLink& link) { return link.streams < kStreamsPerLink; });
  LlmLink& link = found == links_.end() ? links_.emplace_back(target_) : *found;
  const bool is_last = &link == &links_.back();
  if (++link.streams > kStreamsPerLink - kRoomAhead && is_last) links_.emplace_back(target_).client.connect();
  return link;
}

}  // namespace wsdeep::load
