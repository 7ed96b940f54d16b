#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/env.h"
#include "wire/lambda.h"

/// The loop of a custom Lambda runtime (contract §4).
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
namespace wsdeep::handlers {

/// An answer that is sent piece by piece.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  /// False when nobody takes it any more; of nothing, whether somebody does.
  virtual bool write(std::string_view piece) = 0;
};

/// What a function may know about the call that it answers.
struct Call {
  const wire::Invocation& invocation;
  SteadyTime deadline;  ///< when Lambda ends the invocation
  /// Begins an answer that is streamed, for who was invoked so (by a function URL of invoke mode RESPONSE_STREAM, or by
  /// InvokeWithResponseStream); what `answer` returns after that is dropped. The content type is the answer's own to
  /// Lambda, such as wire::kStreamedAnswerType. Once. An error after it cuts the stream and is told behind it.
  /// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
  std::function<AnswerSink&(std::string_view content_type)> stream{};
};

/// Answers invocations one after another: the payload of the answer. An Error becomes an `Error` of the function, with
/// its message; FunctionFailure says message and type itself.
class Function {
 public:
  virtual ~Function() = default;
  virtual std::string answer(const Call& call) = 0;
};

/// A failure whose words are part of a contract, such as an authorizer's `Unauthorized`.
class FunctionFailure : public std::runtime_error {
 public:
  FunctionFailure(const std::string& message, std::string error_type)
      : std::runtime_error(message), type_(std::move(error_type)) {}
  const std::string& type() const { return type_; }

 private:
  std::string type_;
};

/// Serves invocations from `AWS_LAMBDA_RUNTIME_API` until that ends or the process is killed; the exit code of the
/// process. `make` is called once for each thread: with `AWS_LAMBDA_MAX_CONCURRENCY` = n, up to n threads serve at
/// once, and a further one is started only when all are busy. A failing `make` is reported as an init error.
int serve(const Env& env, const Clock& clock, const std::function<std::unique_ptr<Function>()>& make);

/// The whole of a `main` whose threads share one `Shared(env, clock)`, made by the first of them;
/// `make(env, clock, shared)` makes a thread's own part.
template <typename Shared, typename Make>
int serve_sharing(Make make) {
  const Env env = Env::of_process();
  const SystemClock clock;
  std::unique_ptr<Shared> shared;
  std::once_flag once;
  return serve(env, clock, [&] {
    std::call_once(once, [&] { shared = std::make_unique<Shared>(env, clock); });
    return make(env, clock, *shared);
  });
}

}  // namespace wsdeep::handlers
