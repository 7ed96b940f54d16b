#include "commands/bulk_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "net/http_client.h"

namespace wsdeep::commands {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxAttempts = 6;  // of requests that fail; those that are throttled are repeated while the run goes on
constexpr milliseconds kTick{200};

aws::RetryPolicy no_retries() {
  aws::RetryPolicy policy;
  policy.max_attempts = 1;
  return policy;
}

bool is_throttled(const Error& error) {
  const auto* refusal = dynamic_cast<const aws::ServiceError*>(&error);
  return refusal != nullptr && aws::is_throttling(*refusal);
}

/// The service failed, or the way to it; the request may have been carried out.
bool is_passing(const Error& error) {
  if (const auto* refusal = dynamic_cast<const aws::ServiceError*>(&error)) return refusal->status() >= 500;
  const auto* fault = dynamic_cast<const net::TransportError*>(&error);
  using enum net::TransportFault;
  return fault != nullptr && (fault->fault() == kTimeout || fault->fault() == kBroken || fault->fault() == kRefused);
}

Error stopped() {
  return {ErrorKind::kInterrupted, "interrupted"};
}

/// The workers and what they share.
class Run {
 public:
  Run(const Target& target, Context& context, const BulkOptions& options, BulkProgress& progress,
      const std::function<std::optional<BulkJob>()>& next)
      : target_(target),
        context_(context),
        options_(options),
        progress_(progress),
        next_(next),
        limits_(context.clock) {}

  void run() {
    const SteadyTime start = context_.clock.steady_now();
    std::vector<std::jthread> workers;
    for (int i = 0; i < options_.parallel; ++i) {
      ++working_;
      workers.emplace_back([this] { work(); });
    }
    watch(start);
    workers.clear();
    if (fault_) std::rethrow_exception(fault_);
    if (interrupts_.requested()) throw stopped();
  }

 private:
  void work() {
    try {
      BulkWorker worker(target_, context_, limits_, stop_.get_token());
      while (const auto job = take()) (*job)(worker);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      // The workers that were interrupted tell nothing about why.
      if (!fault_ && !stop_.stop_requested()) fault_ = std::current_exception();
      stop_.request_stop();
    }
    const std::lock_guard lock(mutex_);
    --working_;
    ended_.notify_all();
  }

  std::optional<BulkJob> take() {
    const std::lock_guard lock(next_mutex_);
    return stop_.stop_requested() ? std::nullopt : next_();
  }

  void watch(SteadyTime start) {
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, kTick, [this] { return working_ == 0; })) {
      if (interrupts_.requested()) stop_.request_stop();
      show(start);
    }
    if (context_.console.stderr_is_terminal()) context_.console.err("\r\x1b[K");
  }

  void show(SteadyTime start) const {
    if (!context_.console.stderr_is_terminal()) return;
    const std::chrono::duration<double> elapsed = context_.clock.steady_now() - start;
    const auto columns = static_cast<std::size_t>(std::max(context_.console.columns() - 1, 20));
    const std::string line = progress_line(progress_, options_.total, elapsed.count(), limits_.lowest(), columns);
    context_.console.err("\r\x1b[K" + line);
  }

  const Target& target_;
  Context& context_;
  const BulkOptions& options_;
  BulkProgress& progress_;
  const std::function<std::optional<BulkJob>()>& next_;
  const Interrupts interrupts_;
  PoolLimits limits_;
  std::stop_source stop_;
  std::mutex next_mutex_;
  std::mutex mutex_;
  std::condition_variable ended_;
  int working_ = 0;
  std::exception_ptr fault_;
};

}  // namespace

PoolLimits::PoolLimits(const Clock& clock) {
  for (int i = 0; i < static_cast<int>(Quota::kCount); ++i) limiters_.emplace_back(clock);
}

double PoolLimits::lowest() const {
  double lowest = 0;
  for (const AdaptiveLimiter& limiter : limiters_)
    if (const double rate = limiter.rate(); rate > 0 && (lowest == 0 || rate < lowest)) lowest = rate;
  return lowest;
}

BulkWorker::BulkWorker(const Target& target, Context& context, PoolLimits& limits, std::stop_token stop)
    : access_(target, context, no_retries()), limits_(limits), stop_(std::move(stop)), clock_(context.clock) {}

SteadyTime BulkWorker::wait_for_turn(AdaptiveLimiter& limiter) {
  for (;;) {
    const SteadyTime reserved = clock_.steady_now();
    const AdaptiveLimiter::Turn turn = limiter.reserve();
    if (turn.wait.count() > 0) pause(turn.wait);
    if (turn.mine) return reserved;
  }
}

void BulkWorker::decide(const Error& error, AdaptiveLimiter& limiter, SteadyTime reserved, int attempt) {
  if (is_throttled(error)) {
    limiter.refused(reserved);
    if (stop_.stop_requested()) throw stopped();
    return;
  }
  if (!is_passing(error) || attempt >= kMaxAttempts) throw;
  constexpr double kFirstMs = 100;
  pause(std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double, std::milli>(random_unit() * kFirstMs * (1 << attempt))));
}

void BulkWorker::pause(std::chrono::nanoseconds time) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop_, time, [] { return false; });
  if (stop_.stop_requested()) throw stopped();
}

void run_bulk(const Target& target, Context& context, const BulkOptions& options, BulkProgress& progress,
              const std::function<std::optional<BulkJob>()>& next) {
  Run(target, context, options, progress, next).run();
}

bool concerns_one_user(const Error& error) {
  const auto* refusal = dynamic_cast<const aws::ServiceError*>(&error);
  if (refusal == nullptr || refusal->status() >= 500) return false;
  // The pool itself is there: it was described before the run began.
  if (refusal->code() == "ResourceNotFoundException") return refusal->detail().find("roup") != std::string::npos;
  constexpr std::string_view kCodes[] = {
      "UsernameExistsException",  "AliasExistsException",           "UserNotFoundException",
      "InvalidPasswordException", "InvalidParameterException",      "UserLambdaValidationException",
      "NotAuthorizedException",   "PasswordResetRequiredException", "UserNotConfirmedException"};
  return std::find(std::begin(kCodes), std::end(kCodes), refusal->code()) != std::end(kCodes);
}

}  // namespace wsdeep::commands
