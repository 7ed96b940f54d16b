#pragma once

#include <algorithm>

namespace wsdeep::aws {

/// How many retries a client may spend, as the SDKs' "standard" mode counts them: when a service is down for everybody,
/// retries only keep it down. Each retry takes from the budget, a time-out twice as much; a success puts back what its
/// last retry took, or a little. One thread at a time.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
class RetryBudget {
 public:
  /// False when the budget does not hold what the retry costs: then there is none.
  bool take(bool after_timeout) {
    const int cost = after_timeout ? kTimeoutCost : kRetryCost;
    if (cost > tokens_) return false;
    tokens_ -= cost;
    return true;
  }
  /// A call succeeded: at its first attempt, or after retries, the last of which came `after_timeout`.
  void put_back(bool retried, bool after_timeout) {
    const int back = !retried ? kSuccess : after_timeout ? kTimeoutCost : kRetryCost;
    tokens_ = std::min(kFull, tokens_ + back);
  }
  int tokens() const { return tokens_; }

 private:
  static constexpr int kFull = 500;
  static constexpr int kRetryCost = 5;
  static constexpr int kTimeoutCost = 10;
  static constexpr int kSuccess = 1;

  int tokens_ = kFull;
};

}  // namespace wsdeep::aws
