#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "base/clock.h"

namespace wsdeep::local {

/// The ClientRequestTokens of the transactions that were written: one that is sent again, because its answer was lost,
/// is not written twice. In memory, for ten minutes as at AWS; bounded: the oldest go when there are too many.
class TransactionTokens {
 public:
  explicit TransactionTokens(const Clock& clock) : clock_(clock) {}

  enum class Use { kNew, kSame, kDifferent };
  /// What `token` was used for, as far as the writes that it stands for go.
  Use use_of(const std::string& token, const std::string& writes) {
    forget_old();
    const auto found = writes_.find(token);
    if (found == writes_.end()) return Use::kNew;
    return found->second == std::hash<std::string>()(writes) ? Use::kSame : Use::kDifferent;
  }
  void remember(const std::string& token, const std::string& writes) {
    if (writes_.emplace(token, std::hash<std::string>()(writes)).second)
      by_age_.emplace_back(clock_.steady_now(), token);
  }

 private:
  static constexpr std::chrono::minutes kLifetime{10};
  static constexpr std::size_t kMost = 100'000;

  void forget_old() {
    const SteadyTime limit = clock_.steady_now() - kLifetime;
    while (!by_age_.empty() && (by_age_.front().first <= limit || by_age_.size() >= kMost)) {
      writes_.erase(by_age_.front().second);
      by_age_.pop_front();
    }
  }

  const Clock& clock_;
  std::map<std::string, std::size_t> writes_;
  std::deque<std::pair<SteadyTime, std::string>> by_age_;
};

}  // namespace wsdeep::local
