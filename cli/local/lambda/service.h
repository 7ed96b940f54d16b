#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/event_loop.h"
#include "net/http_exchange.h"
#include "wire/lambda.h"

/// The Lambda service of the local system: functions are real handler binaries, run as child processes that take their
/// work from a Runtime API of their own (contract §4).
namespace wsdeep::local {

struct FunctionSpec {
  std::string name;
  std::string program;  ///< path of the handler binary
  std::map<std::string, std::string, std::less<>> environment;
  std::chrono::milliseconds timeout{29'000};
  int concurrency = 16;  ///< invocations at once in one process (AWS_LAMBDA_MAX_CONCURRENCY)
  int max_processes = 8;
  /// Before an asynchronous invocation that failed runs again; before its third and last attempt twice as long.
  std::chrono::milliseconds retry_wait{std::chrono::minutes(1)};
  /// The message of an error that is an answer, such as an authorizer's `Unauthorized`: not counted as an error.
  std::string refusal;
};

/// How an invocation ended.
struct InvokeResult {
  enum class Kind { kAnswer, kFunctionError, kCrashed, kTimedOut, kThrottled, kNoSuchFunction };
  Kind kind = Kind::kAnswer;
  std::string payload;        ///< kAnswer
  wire::FunctionError error;  ///< otherwise
};

/// Who takes an answer as it comes. An answer that comes whole comes by `done` alone.
struct StreamTarget {
  std::function<void(std::string content_type)> begin;
  std::function<void(std::string piece)> piece;
  /// Not null as long as the answer comes: stops it, for a target that is gone; the invocation has ended then.
  std::function<void()> stop;
};

/// Counters for `wsdeep local status`.
struct FunctionStatus {
  std::string name;
  int processes = 0;
  int running = 0;
  int queued = 0;
  std::int64_t invocations = 0;
  std::int64_t errors = 0;     ///< crashes, time-outs, and errors that the function reported
  std::int64_t refusals = 0;   ///< answers that say no (FunctionSpec::refusal)
  std::int64_t throttled = 0;  ///< invocations that were not taken
};

class LambdaService {
 public:
  /// `on_log` gets what the handlers write to stderr, whole lines.
  LambdaService(net::EventLoop& loop, const Clock& clock, std::string region,
                std::function<void(const std::string& function, std::string_view lines)> on_log);
  ~LambdaService();
  LambdaService(const LambdaService&) = delete;
  LambdaService& operator=(const LambdaService&) = delete;

  /// Throws Error{kFailure} when there is no such program.
  void add(FunctionSpec spec);

  using Done = std::function<void(InvokeResult)>;
  /// RequestResponse: `done` is called once, on the loop, never from within this call.
  void invoke(const std::string& function, std::string payload, Done done) {
    invoke(function, std::move(payload), nullptr, std::move(done));
  }
  /// InvokeWithResponseStream: the same, and `target`, if there is one, gets what the function streams. An error in the
  /// middle is told by `done`.
  void invoke(const std::string& function, std::string payload, std::shared_ptr<StreamTarget> target, Done done);
  /// Event: at least once, under one request id: tried again twice after an error, and for six hours while it is
  /// throttled, as Lambda does. Returns the id.
  /// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
  std::string invoke_async(const std::string& function, std::string payload);

  /// The Invoke API: POST /2015-03-31/functions/{name}/invocations.
  void handle(const std::shared_ptr<net::HttpExchange>& exchange);

  std::vector<FunctionStatus> status() const;

 private:
  class Function;
  class Instance;
  struct Pending;
  struct AsyncEvent;

  void invoke_as(const std::string& request_id, const std::string& function, std::string payload,
                 std::shared_ptr<StreamTarget> target, Done done);
  void attempt(const std::shared_ptr<AsyncEvent>& event);
  void on_attempt(const std::shared_ptr<AsyncEvent>& event, const InvokeResult& result);

  net::EventLoop& loop_;
  const Clock& clock_;
  std::string region_;
  std::function<void(const std::string&, std::string_view)> on_log_;
  std::map<std::string, std::unique_ptr<Function>, std::less<>> functions_;
  std::map<std::int64_t, net::EventLoop::Subscription> retries_;
  std::int64_t next_retry_ = 0;
};

}  // namespace wsdeep::local
