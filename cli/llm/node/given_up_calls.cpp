#include "llm/node/given_up_calls.h"

#include <algorithm>

namespace wsdeep::llm {

void GivenUpCalls::add(std::string_view request_id, std::int64_t tokens, SteadyTime now) {
  if (request_id.empty() || request_id.size() > kLongestId) return;
  const std::lock_guard lock(mutex_);
  if (calls_.size() == kMost) calls_.pop_front();
  calls_.push_back({std::string(request_id), now, tokens});
}

/// The newest of that id.
std::optional<GivenUpCalls::Call> GivenUpCalls::find(std::string_view request_id) const {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(calls_.rbegin(), calls_.rend(), [&](const Call& call) { return call.request_id == request_id; });
  return found == calls_.rend() ? std::nullopt : std::optional(*found);
}

}  // namespace wsdeep::llm
