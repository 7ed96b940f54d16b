#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "commands/adaptive_limiter.h"
#include "commands/context.h"
#include "commands/target.h"

/// The same work for many users, in parallel, as fast as the pool allows.
namespace wsdeep::commands {

/// One worker's way to the pool. Every request goes through `call`, which waits for its place under the shared limit,
/// and repeats what the pool refused for the rate, what failed inside AWS, and what broke on the way.
class BulkWorker {
 public:
  BulkWorker(const Target& target, Context& context, AdaptiveLimiter& limiter, std::stop_token stop);

  /// The answer of `request(cognito)`. Throws what is final, and Error{kInterrupted} once the run is being stopped.
  template <typename Request>
  auto call(Request request) {
    for (int attempt = 1;; ++attempt) {
      const SteadyTime sent = wait_for_turn();
      try {
        if constexpr (std::is_void_v<decltype(request(access_.cognito))>) {
          request(access_.cognito);
          limiter_.accepted();
          return;
        } else {
          auto answer = request(access_.cognito);
          limiter_.accepted();
          return answer;
        }
      } catch (const Error& error) {
        decide(error, sent, attempt);  // returns when it is worth another try
      }
    }
  }
  /// How many calls were repeated although the first one may have arrived.
  int uncertain() const { return uncertain_; }

 private:
  SteadyTime wait_for_turn();
  void decide(const Error& error, SteadyTime sent, int attempt);
  void pause(std::chrono::nanoseconds time);

  CognitoAccess access_;
  AdaptiveLimiter& limiter_;
  std::stop_token stop_;
  const Clock& clock_;
  int uncertain_ = 0;
};

/// Does one user's work and records how it went. What it throws ends the whole run.
using BulkJob = std::function<void(BulkWorker&)>;

struct BulkOptions {
  int parallel = 16;
  std::string past;         ///< `created`: for the progress line
  std::uint64_t total = 0;  ///< 0: not known
};

/// How far a run is; the jobs count what they did.
struct BulkProgress {
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> failed{0};
};

/// Runs jobs until `next` (called by one thread at a time) has no more. SIGINT and SIGTERM let the jobs under way end,
/// and then it throws Error{kInterrupted}; a second signal kills. On a terminal, stderr shows how far it is.
void run_bulk(const Target& target, Context& context, const BulkOptions& options, BulkProgress& progress,
              const std::function<std::optional<BulkJob>()>& next);

/// True for a refusal that concerns this one user; anything else would meet every other user too.
bool concerns_one_user(const Error& error);

}  // namespace wsdeep::commands
