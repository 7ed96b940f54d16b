#include "aws/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "aws/service_fault.h"
#include "aws/sigv4.h"
#include "base/random.h"
#include "base/signals.h"
#include "base/sleep.h"
#include "base/text.h"

namespace wsdeep::aws {
namespace {

using net::TransportError;
using net::TransportFault;
using std::chrono::milliseconds;

/// The wait after the n-th failure by "full jitter": any part of base·2ⁿ, at most the cap.
/// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
milliseconds jittered_wait(const RetryPolicy& policy, int failures) {
  const auto ceiling = std::min(policy.cap, policy.base * (std::int64_t{1} << std::min(failures, 20)));
  return milliseconds(static_cast<std::int64_t>(random_unit() * static_cast<double>(ceiling.count())));
}

/// What the service asks for: `x-amz-retry-after` in milliseconds, `Retry-After` in seconds.
milliseconds asked_wait(const net::Headers& headers) {
  constexpr std::int64_t kDay = 86'400;
  const auto number = [&](const char* name) -> std::optional<std::int64_t> {
    const auto text = net::header(headers, name);
    return text ? parse_integer(*text, 0, kDay * 1000) : std::nullopt;
  };
  if (const auto ms = number("x-amz-retry-after")) return milliseconds(*ms);
  if (const auto seconds = number("retry-after")) return std::chrono::seconds(std::min(*seconds, kDay));
  return milliseconds(0);
}

/// Nobody has seen the request when no connection was made; after that only a repeatable one may be sent again.
bool may_retry(TransportFault fault, bool repeatable) {
  if (fault == TransportFault::kRefused || fault == TransportFault::kResolve) return true;
  return repeatable && (fault == TransportFault::kBroken || fault == TransportFault::kTimeout);
}

bool may_retry(const ServiceError& error, bool repeatable) {
  return is_throttling(error) || (repeatable && is_transient(error));
}

/// Tells that a call is slow, for as long as it lives.
class SlowWatch {
 public:
  explicit SlowWatch(const ClientOptions& options) {
    if (!options.on_slow) return;
    // Signals are for the thread that waits.
    const SignalsBlocked blocked;
    watcher_ = std::jthread([&options](const std::stop_token& ended) {
      sleep_for(options.slow_after, ended);
      if (!ended.stop_requested()) options.on_slow();
    });
  }

 private:
  std::jthread watcher_;
};

/// One call with its attempts: knows how much time is left, and what went wrong last.
class Attempts {
 public:
  /// `own_limit`: the context's deadline is the client's, not the caller's.
  Attempts(const ClientOptions& options, CallContext& context, bool own_limit, const Clock& clock, std::string what)
      : policy_(options.retry),
        budget_(options.budget.get()),
        context_(context),
        own_limit_(own_limit),
        clock_(clock),
        what_(std::move(what)) {}

  void check_cancelled() const {
    if (context_.cancel.stop_requested())
      throw TransportError(TransportFault::kCancelled, fmt::format("cannot {}: cancelled", what_));
  }

  /// `limit`, cut to what is left until the deadline.
  milliseconds fit(milliseconds limit) const {
    if (!context_.deadline) return limit;
    const auto left = std::chrono::duration_cast<milliseconds>(*context_.deadline - clock_.steady_now());
    if (left <= milliseconds(0)) throw too_late();
    return limit > milliseconds(0) ? std::min(limit, left) : left;
  }

  /// Rethrows `error` after the last attempt; otherwise waits at least `asked`, and then the caller may try again.
  template <typename Failure>
  void pause_after(const Failure& error, bool retry, milliseconds asked) {
    ++failures_;
    if (!retry || failures_ >= policy_.max_attempts) give_up(error);
    after_timeout_ = is_timeout(error);
    if (budget_ != nullptr && !budget_->take(after_timeout_)) give_up(error);
    last_ = error.what();
    const milliseconds wait = std::max(jittered_wait(policy_, failures_), std::min(asked, policy_.cap));
    if (context_.deadline && clock_.steady_now() + wait >= *context_.deadline) throw too_late();
    sleep_for(wait, context_.cancel);
    check_cancelled();
  }

  void succeeded() {
    if (budget_ != nullptr) budget_->put_back(failures_ > 0, after_timeout_);
  }

  /// Waits until a call that was refused for the rate may try again. False when its time for that is used up.
  bool wait_out(milliseconds asked) {
    if (policy_.throttle_limit.count() == 0) return false;
    const milliseconds wait = std::max(jittered_wait(policy_, ++refusals_), std::min(asked, policy_.cap));
    if (waited_out_ + wait > policy_.throttle_limit) return false;
    if (context_.deadline && own_limit_) *context_.deadline += wait;
    if (context_.deadline && clock_.steady_now() + wait >= *context_.deadline) return false;
    waited_out_ += wait;
    sleep_for(wait, context_.cancel);
    check_cancelled();
    return true;
  }

 private:
  static bool is_timeout(const ServiceError&) { return false; }
  static bool is_timeout(const TransportError& error) { return error.fault() == TransportFault::kTimeout; }
  [[noreturn]] static void give_up(const ServiceError& error) { throw error; }
  /// An address alone does not say what was asked, nor how long it was tried.
  [[noreturn]] void give_up(const TransportError& error) const {
    if (error.fault() == TransportFault::kCancelled) throw error;
    throw TransportError(error.fault(), after_tries(error.what()), error.hint());
  }
  std::string after_tries(const std::string& cause) const {
    return fmt::format("{}: {}{}", what_, cause, failures_ > 1 ? fmt::format(" (tried {} times)", failures_) : "");
  }
  TransportError too_late() const {
    // The limit is ours: what matters to whoever waited is why there was no answer.
    if (own_limit_ && !last_.empty()) return {TransportFault::kTimeout, after_tries(last_)};
    return {TransportFault::kTimeout,
            fmt::format("cannot {}: no time is left{}{}", what_, last_.empty() ? "" : "; the last attempt: ", last_)};
  }

  const RetryPolicy& policy_;
  RetryBudget* budget_;
  CallContext& context_;
  bool own_limit_;
  const Clock& clock_;
  std::string what_;
  std::string last_;
  int failures_ = 0;
  bool after_timeout_ = false;  ///< the last failure was one
  int refusals_ = 0;            ///< for the rate, waited out
  milliseconds waited_out_{0};
};

}  // namespace

Client::Client(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, std::string service_name,
               std::string signing_name, const Clock& clock)
    : http_(http),
      options_(std::move(options)),
      credentials_(credentials),
      service_name_(std::move(service_name)),
      signing_name_(std::move(signing_name)),
      clock_(clock) {}

net::HttpCall Client::prepare(const Request& request) {
  net::HttpCall call;
  call.method = request.method;
  call.url = options_.endpoint + request.target;
  call.headers = request.headers;
  call.body = request.body;
  call.ca_file = options_.ca_file;
  call.send_once = !request.retry_safe;
  if (!request.sign) return call;
  net::Headers added = aws::sign(call.method, call.url, call.headers, call.body, credentials_.get(),
                                 {options_.region, signing_name_}, clock_.now());
  std::move(added.begin(), added.end(), std::back_inserter(call.headers));
  return call;
}

net::HttpResponse Client::send(const Request& request, const CallContext& given) {
  CallContext context = given;
  if (!context.cancel.stop_possible()) context.cancel = options_.cancel;
  const bool own_limit = !context.deadline && options_.call_limit.count() > 0;
  if (own_limit) context.deadline = clock_.steady_now() + options_.call_limit;
  const SlowWatch watch(options_);
  Attempts attempts(options_, context, own_limit, clock_, fmt::format("{} at {}", request.operation, service_name_));
  for (;;) {
    attempts.check_cancelled();
    // Signed anew each time: a signature and temporary credentials age while we wait.
    net::HttpCall call = prepare(request);
    call.connect_timeout = attempts.fit(options_.connect_timeout);
    call.timeout = attempts.fit(options_.timeout);
    call.cancel = context.cancel;
    net::HttpResponse response;
    std::optional<TransportError> broken;
    try {
      response = http_.send(call);
    } catch (const TransportError& error) {
      broken = error;
    }
    if (broken) {
      attempts.pause_after(*broken, may_retry(broken->fault(), request.retry_safe), milliseconds(0));
      continue;
    }
    if (response.status < 300 || (request.takes_redirect && response.status < 400)) {
      attempts.succeeded();
      return response;
    }
    const ServiceError error =
        to_service_error(response, service_name_, request.operation, options_.region, clock_.now());
    if (is_throttling(error) && attempts.wait_out(asked_wait(response.headers))) continue;
    attempts.pause_after(error, may_retry(error, request.retry_safe), asked_wait(response.headers));
  }
}

std::string Client::call_json(std::string_view target_prefix, std::string_view operation, std::string body,
                              std::string_view content_type, bool sign, const CallContext& context, bool retry_safe) {
  Request request;
  request.operation = operation;
  request.headers = {{"Content-Type", std::string(content_type)},
                     {"X-Amz-Target", fmt::format("{}.{}", target_prefix, operation)}};
  request.body = std::move(body);
  request.sign = sign;
  request.retry_safe = retry_safe;
  return send(request, context).body;
}

}  // namespace wsdeep::aws
