#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "terminal/context.h"
#include "terminal/interrupts.h"
#include "users/adaptive_limiter.h"
#include "users/bulk_progress.h"
#include "users/cognito_access.h"

/// The same work for many users, in parallel, as fast as the pool allows.
namespace wsdeep::users {

/// The pool's quota categories that bulk runs have to do with: the operations of one share a number of requests a
/// second. "Quotas in Amazon Cognito", "User pools API operation categories and request rate quotas":
/// https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#category_operations
enum class Quota {
  kUserCreation,          ///< AdminCreateUser; 50 requests a second by default
  kUserAccountRecovery,   ///< AdminSetUserPassword; 30
  kUserUpdate,            ///< AdminAddUserToGroup, AdminDeleteUser; 25
  kUserRead,              ///< AdminGetUser; 120
  kUserAuthentication,    ///< InitiateAuth, AdminInitiateAuth; 120. RespondToAuthChallenge may three times as much.
  kUserPoolRead,          ///< DescribeUserPool; 15
  kUserPoolResourceRead,  ///< ListGroups; 20, and 5 for one pool
  kCount,
};

/// What a run has learnt about the pool's limits: one limiter for each category.
class PoolLimits {
 public:
  explicit PoolLimits(const Clock& clock);
  AdaptiveLimiter& operator[](Quota quota) { return limiters_[static_cast<std::size_t>(quota)]; }
  /// Requests a second in the narrowest category; 0 while nothing was refused.
  double lowest() const;

 private:
  std::deque<AdaptiveLimiter> limiters_;
};

/// One worker's way to the pool. Every request goes through `call`, which waits for its place under the shared limit,
/// and repeats what the pool refused for the rate, what failed inside AWS, and what broke on the way.
class BulkWorker {
 public:
  /// After `stop` no request begins; `abandon` ends the one that is under way.
  BulkWorker(const Target& target, Context& context, PoolLimits& limits, std::stop_token stop, std::stop_token abandon);

  /// The answer of `request(cognito)`, one operation of that category. Throws what is final, and Error{kInterrupted}
  /// once the run is being stopped.
  template <typename Request>
  auto call(Quota quota, Request request) {
    AdaptiveLimiter& limiter = limits_[quota];
    for (int attempt = 1;; ++attempt) {
      const AdaptiveLimiter::Turn turn = wait_for_turn(limiter);
      try {
        if constexpr (std::is_void_v<decltype(request(access_.cognito))>) {
          request(access_.cognito);
          limiter.accepted();
          return;
        } else {
          auto answer = request(access_.cognito);
          limiter.accepted();
          return answer;
        }
      } catch (const Error& error) {
        decide(error, limiter, turn, attempt);  // returns when it is worth another try
      } catch (...) {
        limiter.accepted();  // the caller's own way to end what the service had answered
        throw;
      }
    }
  }

 private:
  AdaptiveLimiter::Turn wait_for_turn(AdaptiveLimiter& limiter);
  void decide(const Error& error, AdaptiveLimiter& limiter, const AdaptiveLimiter::Turn& turn, int attempt);
  void pause(std::chrono::nanoseconds time);

  CognitoAccess access_;
  PoolLimits& limits_;
  std::stop_token stop_;
};

/// One request by itself, with the patience of a bulk run. A signal ends it at once.
template <typename Request>
auto call_patiently(const Target& target, Context& context, Quota quota, Request request) {
  const Interrupts interrupts;
  PoolLimits limits(context.clock);
  BulkWorker worker(target, context, limits, interrupts.token(), interrupts.token());
  return unless_interrupted(interrupts, "", [&] { return worker.call(quota, std::move(request)); });
}

/// Does one user's work and records how it went. What it throws ends the whole run.
using BulkJob = std::function<void(BulkWorker&)>;

struct BulkOptions {
  int parallel = 16;
  std::uint64_t total = 0;
};

/// Runs jobs until `next` (called by one thread at a time) has no more. SIGINT, SIGTERM and SIGHUP let the requests
/// under way end if they do so within half a second, and then it throws Error{kInterrupted}; a second signal kills.
/// stderr shows how far it is: on a terminal as a bar, elsewhere as a line from time to time.
void run_bulk(const Target& target, Context& context, const BulkOptions& options, BulkProgress& progress,
              const std::function<std::optional<BulkJob>()>& next);

/// The identity that a pool gives to one user and never again; empty when it is not told.
std::string sub_of(const aws::CognitoUser& user);
/// Nothing when the pool has no such user.
std::optional<aws::CognitoUser> find_user(BulkWorker& worker, const std::string& pool, const std::string& username);

/// Deletes the user of that name only if it is still the one whose `sub` this is: a name may have been given to
/// somebody else since it was read. False when it was, or when nobody has the name any more.
bool delete_exactly(BulkWorker& worker, const std::string& pool, const std::string& username, const std::string& sub);

/// True for a refusal that concerns this one user; anything else would meet every other user too.
bool concerns_one_user(const Error& error);

}  // namespace wsdeep::users
