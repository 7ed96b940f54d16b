#include "auth/jwks_cache.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"

namespace wsdeep::auth {
namespace {

/// How soon a fetch is tried again while there are no keys at all.
constexpr std::chrono::seconds kRetryWithoutKeys{1};
constexpr double kRefetchesInARow = 3;

}  // namespace

JwksCache::JwksCache(std::function<std::string()> fetch, const Clock& clock, std::chrono::seconds max_age,
                     std::chrono::seconds refetch_interval)
    : fetch_(std::move(fetch)),
      clock_(clock),
      max_age_(max_age),
      refetch_interval_(refetch_interval),
      refetches_left_(kRefetchesInARow),
      counted_at_(clock.steady_now()) {}

bool JwksCache::ready() {
  const std::lock_guard lock(mutex_);
  refresh_when_old();
  if (keys_.size() == 0 && may_try()) refresh();
  return keys_.size() > 0;
}

TokenVerdict JwksCache::verify(std::string_view token, const TokenRules& rules) {
  const std::lock_guard lock(mutex_);
  refresh_when_old();
  TokenVerdict verdict = verify_token(token, keys_, rules, clock_.now());
  // Only a token that is otherwise well-formed gets here: rubbish never makes us fetch.
  if (verdict.fault == TokenFault::kUnknownKey && may_try()) {
    refresh();
    verdict = verify_token(token, keys_, rules, clock_.now());
  }
  if (verdict.fault == TokenFault::kUnknownKey && !fetched_at_) verdict.fault = TokenFault::kKeysUnavailable;
  return verdict;
}

void JwksCache::refresh_when_old() {
  if (fetched_at_ && clock_.steady_now() - *fetched_at_ >= max_age_ && may_try()) refresh();
}

bool JwksCache::may_try() {
  const SteadyTime now = clock_.steady_now();
  const auto pause = fetched_at_ ? refetch_interval_ : std::min(refetch_interval_, kRetryWithoutKeys);
  if (failed_at_ && now - *failed_at_ < pause) return false;
  if (!fetched_at_) return true;
  const double gained = std::chrono::duration<double>(now - counted_at_) / refetch_interval_;
  refetches_left_ = std::min(kRefetchesInARow, refetches_left_ + gained);
  counted_at_ = now;
  return refetches_left_ >= 1;
}

void JwksCache::refresh() {
  // The first fetch is none of the refetches that are rationed.
  if (fetched_at_) --refetches_left_;
  try {
    keys_ = KeySet::parse(fetch_());
    fetched_at_ = clock_.steady_now();
    failed_at_.reset();
  } catch (const Error& error) {
    failed_at_ = clock_.steady_now();
    log_warn("cannot fetch the issuer's keys", {{"error", error.what()}});
  }
}

}  // namespace wsdeep::auth
