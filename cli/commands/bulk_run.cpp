#include "commands/bulk_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "commands/interrupts.h"
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

std::string progress_line(const BulkOptions& options, const BulkProgress& progress, double seconds) {
  const std::uint64_t done = progress.done, failed = progress.failed;
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string line = fmt::format("{} {}", done, options.past);
  if (options.total > 0)
    line = fmt::format("{} of {} {} ({}%)", done, options.total, options.past, 100 * done / options.total);
  if (failed > 0) line += fmt::format(", {} failed", failed);
  line += fmt::format(", {:.0f}/s", rate);
  if (options.total > done && rate > 0)
    line += fmt::format(", {} to go", human_duration(std::chrono::seconds(static_cast<std::int64_t>(
                                          static_cast<double>(options.total - done) / rate))));
  return line;
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
        limiter_(context.clock) {}

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
      BulkWorker worker(target_, context_, limiter_, stop_.get_token());
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
    std::string line = progress_line(options_, progress_, elapsed.count());
    if (const double rate = limiter_.rate(); rate > 0)
      line += fmt::format(" (the pool allows {:.0f} requests/s)", rate);
    line.resize(std::min(line.size(), static_cast<std::size_t>(std::max(context_.console.columns() - 1, 20))));
    context_.console.err("\r\x1b[K" + line);
  }

  const Target& target_;
  Context& context_;
  const BulkOptions& options_;
  BulkProgress& progress_;
  const std::function<std::optional<BulkJob>()>& next_;
  const Interrupts interrupts_;
  AdaptiveLimiter limiter_;
  std::stop_source stop_;
  std::mutex next_mutex_;
  std::mutex mutex_;
  std::condition_variable ended_;
  int working_ = 0;
  std::exception_ptr fault_;
};

}  // namespace

BulkWorker::BulkWorker(const Target& target, Context& context, AdaptiveLimiter& limiter, std::stop_token stop)
    : access_(target, context, no_retries()), limiter_(limiter), stop_(std::move(stop)), clock_(context.clock) {}

SteadyTime BulkWorker::wait_for_turn() {
  if (const auto wait = limiter_.reserve(); wait.count() > 0) pause(wait);
  return clock_.steady_now();
}

void BulkWorker::decide(const Error& error, SteadyTime sent, int attempt) {
  if (is_throttled(error)) {
    limiter_.refused(sent);
    if (stop_.stop_requested()) throw stopped();
    return;
  }
  if (!is_passing(error) || attempt >= kMaxAttempts) throw;
  ++uncertain_;
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
  constexpr std::string_view kCodes[] = {
      "UsernameExistsException",  "AliasExistsException",           "UserNotFoundException",
      "InvalidPasswordException", "InvalidParameterException",      "UserLambdaValidationException",
      "NotAuthorizedException",   "PasswordResetRequiredException", "UserNotConfirmedException"};
  return std::find(std::begin(kCodes), std::end(kCodes), refusal->code()) != std::end(kCodes);
}

}  // namespace wsdeep::commands
