#include "users/bulk_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "base/sleep.h"
#include "net/http_client.h"
#include "terminal/progress_line.h"

namespace wsdeep::users {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxAttempts = 6;  // of requests that fail; those that are throttled are repeated while the run goes on
constexpr milliseconds kTick{100};
constexpr milliseconds kGrace{500};  // in which requests under way may still end
constexpr ProgressLine::Pace kPace{.first = std::chrono::seconds(5), .every = std::chrono::seconds(30)};

/// Repetitions are ours: they go through the limiter. A request may take its time, as nobody sits and waits for it.
Patience for_one_request(std::stop_token abandon) {
  Patience patience;
  patience.retry.max_attempts = 1;
  patience.retry.throttle_limit = milliseconds(0);
  patience.limit = milliseconds(0);
  patience.tells = false;
  patience.cancel = std::move(abandon);
  return patience;
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

/// The pool has looked at the request, which its limit counts.
bool is_answer(const Error& error) {
  const auto* refusal = dynamic_cast<const aws::ServiceError*>(&error);
  return refusal != nullptr && refusal->status() < 500;
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
      BulkWorker worker(target_, context_, limits_, stop_.get_token(), abandon_.get_token());
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
    ProgressLine line(context_.console, context_.clock, kPace);
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, kTick, [this] { return working_ == 0; })) {
      if (interrupts_.requested()) stop_.request_stop();
      abandon_late_requests();
      show(line, start);
    }
  }

  /// A request that hangs must not hold up Ctrl-C. Nobody knows then whether it was carried out; its record says so.
  void abandon_late_requests() {
    if (!stop_.stop_requested()) return;
    const SteadyTime now = context_.clock.steady_now();
    if (!stopped_at_) stopped_at_ = now;
    if (now - *stopped_at_ >= kGrace) abandon_.request_stop();
  }

  void show(ProgressLine& line, SteadyTime start) {
    const std::chrono::duration<double> elapsed = context_.clock.steady_now() - start;
    line.show([&](std::size_t columns) {
      return progress_line(progress_, options_.total, elapsed.count(), limits_.lowest(), columns);
    });
  }

  const Target& target_;
  Context& context_;
  const BulkOptions& options_;
  BulkProgress& progress_;
  const std::function<std::optional<BulkJob>()>& next_;
  const Interrupts interrupts_;
  PoolLimits limits_;
  std::stop_source stop_;
  std::stop_source abandon_;
  std::optional<SteadyTime> stopped_at_;
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

BulkWorker::BulkWorker(const Target& target, Context& context, PoolLimits& limits, std::stop_token stop,
                       std::stop_token abandon)
    : access_(target, context, for_one_request(std::move(abandon))), limits_(limits), stop_(std::move(stop)) {}

AdaptiveLimiter::Turn BulkWorker::wait_for_turn(AdaptiveLimiter& limiter) {
  for (;;) {
    const AdaptiveLimiter::Turn turn = limiter.reserve();
    if (turn.wait.count() > 0) pause(turn.wait);
    if (limiter.stands(turn)) return turn;
  }
}

void BulkWorker::decide(const Error& error, AdaptiveLimiter& limiter, const AdaptiveLimiter::Turn& turn, int attempt) {
  if (is_throttled(error)) {
    limiter.refused(turn);
    if (stop_.stop_requested()) throw stopped();
    return;
  }
  if (is_answer(error))
    limiter.accepted();
  else
    limiter.lost();
  if (!is_passing(error) || attempt >= kMaxAttempts) throw;
  constexpr double kFirstMs = 100;
  pause(std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double, std::milli>(random_unit() * kFirstMs * (1 << attempt))));
}

void BulkWorker::pause(std::chrono::nanoseconds time) {
  sleep_for(time, stop_);
  if (stop_.stop_requested()) throw stopped();
}

void run_bulk(const Target& target, Context& context, const BulkOptions& options, BulkProgress& progress,
              const std::function<std::optional<BulkJob>()>& next) {
  Run(target, context, options, progress, next).run();
}

namespace {

bool is_code(const aws::ServiceError& refusal, std::string_view code) {
  return refusal.code() == code;
}

/// False when nobody was called so.
bool delete_called(BulkWorker& worker, const std::string& pool, const std::string& name) {
  try {
    worker.call(Quota::kUserUpdate, [&](aws::Cognito& cognito) { cognito.admin_delete_user(pool, name); });
    return true;
  } catch (const aws::ServiceError& refusal) {
    if (!is_code(refusal, "UserNotFoundException")) throw;
    return false;
  }
}

}  // namespace

std::string sub_of(const aws::CognitoUser& user) {
  const auto found = user.attributes.find("sub");
  return found == user.attributes.end() ? "" : found->second;
}

std::optional<aws::CognitoUser> find_user(BulkWorker& worker, const std::string& pool, const std::string& username) {
  try {
    return worker.call(Quota::kUserRead, [&](aws::Cognito& cognito) { return cognito.admin_get_user(pool, username); });
  } catch (const aws::ServiceError& refusal) {
    if (!is_code(refusal, "UserNotFoundException")) throw;
    return std::nullopt;
  }
}

bool delete_exactly(BulkWorker& worker, const std::string& pool, const std::string& username, const std::string& sub) {
  if (sub.empty()) return false;
  // Cognito takes a user's sub for the name, so that nobody else can be met. What takes names only is asked who it is,
  // right before.
  if (delete_called(worker, pool, sub)) return true;
  const auto now = find_user(worker, pool, username);
  return now && sub_of(*now) == sub && delete_called(worker, pool, username);
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

}  // namespace wsdeep::users
