#include "lab/input_order.h"

#include <utility>

namespace wsdeep::lab {

InputOrder::Verdict InputOrder::add(std::uint64_t number, std::string text, SteadyTime now) {
  if (is_broken(now)) return Verdict::kBroken;
  if (has(number)) return Verdict::kTaken;
  if (number - next_ >= kWindow) return Verdict::kTooFar;
  if (number > next_) {
    if (held_ + text.size() > kMostHeld) return Verdict::kTooFar;
    if (early_.empty()) waits_since_ = now;
    held_ += text.size();
    early_.emplace(number, std::move(text));
    return Verdict::kTaken;
  }
  ready_ += text;
  ++next_;
  for (auto at = early_.begin(); at != early_.end() && at->first == next_; at = early_.erase(at), ++next_) {
    held_ -= at->second.size();
    ready_ += at->second;
  }
  waits_since_ = now;  // for the next that is missing, if any
  return Verdict::kTaken;
}

void InputOrder::resume(SteadyTime now) {
  waits_since_ = now;
  broken_ = false;
}

std::string InputOrder::take() {
  return std::exchange(ready_, {});
}

std::optional<SteadyTime> InputOrder::deadline() const {
  if (early_.empty()) return std::nullopt;
  return waits_since_ + kPatience;
}

bool InputOrder::is_broken(SteadyTime now) {
  if (const auto end = deadline(); end && now >= *end) broken_ = true;
  return broken_;
}

}  // namespace wsdeep::lab
