#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace wsdeep::local {

/// What is remembered of somebody under a name that anybody may choose, until it was not used for a while. Bounded: who
/// was not heard of for the longest time goes when there are too many.
template <typename Value>
class FadingTable {
 public:
  FadingTable(const Clock& clock, std::chrono::seconds lifetime, std::size_t most)
      : clock_(clock), lifetime_(lifetime), most_(most) {}

  /// Null when there is nothing, or nothing any more.
  const Value* find(const std::string& key) const {
    const auto found = values_.find(key);
    return found == values_.end() || is_over(found->second) ? nullptr : &found->second.value;
  }
  /// What is known, from now on for another lifetime; a new one when there is nothing. Good until the next call.
  Value& touch(const std::string& key) {
    auto found = values_.find(key);
    if (found != values_.end() && is_over(found->second)) found->second.value = Value();
    if (found == values_.end()) {
      if (values_.size() >= most_) make_room();
      found = values_.emplace(key, Entry()).first;
    }
    found->second.used_at = clock_.steady_now();
    return found->second.value;
  }
  void forget(const std::string& key) { values_.erase(key); }

 private:
  struct Entry {
    Value value{};
    SteadyTime used_at{};
  };
  bool is_over(const Entry& entry) const { return clock_.steady_now() - entry.used_at >= lifetime_; }
  void make_room() {
    std::erase_if(values_, [this](const auto& entry) { return is_over(entry.second); });
    if (values_.size() < most_) return;
    auto oldest = values_.begin();
    for (auto entry = values_.begin(); entry != values_.end(); ++entry)
      if (entry->second.used_at < oldest->second.used_at) oldest = entry;
    values_.erase(oldest);
  }

  const Clock& clock_;
  std::chrono::seconds lifetime_;
  std::size_t most_;
  std::map<std::string, Entry> values_;
};

/// Who has failed to sign in too often. After the fifth wrong password or code a user is locked out for a second, and
/// for twice as long after each further one, up to a quarter of an hour; an attempt meanwhile does not count. A sign-in
/// that works, or a quarter of an hour without an attempt, makes good for it. By login name, also one that nobody has:
/// being locked out tells nothing about who exists. Case does not count.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html#authentication-flow-lockout-behavior
class SignInLocks {
 public:
  explicit SignInLocks(const Clock& clock);
  bool is_locked(std::string_view username) const;
  void failed(std::string_view username);
  void succeeded(std::string_view username);

 private:
  struct Failures {
    int count = 0;
    SteadyTime locked_until{};
  };
  const Clock& clock_;
  FadingTable<Failures> failures_;
};

/// What a user may do only so often in an hour.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#resource-quotas
enum class Rationed {
  kChangePassword,        ///< 5
  kRecoverPassword,       ///< ForgotPassword and ConfirmForgotPassword; 5 to 20, as Cognito judges the risk: 10 here
  kConfirmSignUp,         ///< 15
  kResendCode,            ///< 5
  kSendVerificationCode,  ///< GetUserAttributeVerificationCode; 5
  kVerifyAttribute,       ///< 15
};
class HourlyLimits {
 public:
  explicit HourlyLimits(const Clock& clock);
  /// ApiFault LimitExceededException when it is one too many; otherwise it counts.
  void require(Rationed what, std::string_view username);

 private:
  const Clock& clock_;
  FadingTable<std::vector<SteadyTime>> times_;
};

}  // namespace wsdeep::local
