#include "auth/jwks_cache.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"

namespace wsdeep::auth {
namespace {

/// How soon a fetch is tried again while there are no keys at all.
constexpr std::chrono::seconds kRetryWithoutKeys{1};

}  // namespace

JwksCache::JwksCache(std::function<std::string()> fetch, const Clock& clock, std::chrono::seconds max_age,
                     std::chrono::seconds refetch_interval)
    : fetch_(std::move(fetch)), clock_(clock), max_age_(max_age), refetch_interval_(refetch_interval) {}

TokenVerdict JwksCache::verify(std::string_view token, const TokenRules& rules) {
  const std::lock_guard lock(mutex_);
  if (fetched_at_ && clock_.steady_now() - *fetched_at_ >= max_age_ && may_try()) refresh();
  TokenVerdict verdict = verify_token(token, keys_, rules, clock_.now());
  // Only a token that is otherwise well-formed gets here: rubbish never makes us fetch.
  if (verdict.fault == TokenFault::kUnknownKey && may_try()) {
    refresh();
    verdict = verify_token(token, keys_, rules, clock_.now());
  }
  if (verdict.fault == TokenFault::kUnknownKey && !fetched_at_) verdict.fault = TokenFault::kKeysUnavailable;
  return verdict;
}

bool JwksCache::may_try() const {
  const auto interval = fetched_at_ ? refetch_interval_ : std::min(refetch_interval_, kRetryWithoutKeys);
  return !tried_at_ || clock_.steady_now() - *tried_at_ >= interval;
}

void JwksCache::refresh() {
  const bool is_first = !fetched_at_;
  tried_at_ = clock_.steady_now();
  try {
    keys_ = KeySet::parse(fetch_());
    fetched_at_ = clock_.steady_now();
    // The first fetch is none of the refetches that are rationed: keys may be rotated a second later.
    if (is_first) tried_at_.reset();
  } catch (const Error& error) {
    log_warn("cannot fetch the issuer's keys", {{"error", error.what()}});
  }
}

}  // namespace wsdeep::auth
