#include "handlers/runtime.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <list>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include "base/encoding.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "net/chunked_post.h"
#include "net/http_client.h"

namespace wsdeep::handlers {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxThreads = 1024;
constexpr std::string_view kVersionPath = "/2018-06-01/runtime/";
/// How long the Runtime API may take nothing of a streamed answer.
constexpr milliseconds kStreamPatience{30'000};

/// One thread's way to the Runtime API.
class RuntimeApi {
 public:
  explicit RuntimeApi(const std::string& host) : base_("http://" + host + std::string(kVersionPath)) {}

  /// Blocks until there is work.
  wire::Invocation next() {
    net::HttpCall call;
    call.url = base_ + "invocation/next";
    call.timeout = milliseconds(0);
    call.max_response_bytes = wire::kMaxLambdaPayloadBytes + 4096;
    const net::HttpResponse response = http_.send(call);
    if (response.status != 200)
      throw Error(ErrorKind::kFailure, "the runtime API answered " + std::to_string(response.status) + " to next");
    const auto text = [&](std::string_view name) { return net::header(response.headers, name).value_or(""); };
    wire::Invocation invocation;
    invocation.request_id = text("Lambda-Runtime-Aws-Request-Id");
    invocation.deadline_ms = parse_integer(text("Lambda-Runtime-Deadline-Ms"), 0, INT64_MAX).value_or(0);
    invocation.function_arn = text("Lambda-Runtime-Invoked-Function-Arn");
    invocation.trace_id = text("Lambda-Runtime-Trace-Id");
    invocation.payload = response.body;
    return invocation;
  }

  void answer(const std::string& request_id, const std::string& payload) {
    post("invocation/" + request_id + "/response", payload, {{"Content-Type", "application/json"}});
  }
  void fail(const std::string& request_id, const wire::FunctionError& error) {
    post("invocation/" + request_id + "/error", wire::encode(error),
         {{"Lambda-Runtime-Function-Error-Type", error.type}});
  }
  void fail_init(const wire::FunctionError& error) {
    post("init/error", wire::encode(error), {{"Lambda-Runtime-Function-Error-Type", error.type}});
  }

 private:
  void post(const std::string& path, const std::string& body, net::Headers headers) {
    net::HttpCall call;
    call.method = "POST";
    call.url = base_ + path;
    call.headers = std::move(headers);
    call.body = body;
    // A refusal (413 for an answer over 6 MiB, 403 after the deadline) has been told to the caller by Lambda.
    const int status = http_.send(call).status;
    if (status >= 300) log_warn("the runtime API refused an answer", {{"path", path}, {"status", status}});
  }

  std::string base_;
  net::HttpClient http_;
};

/// The answer to one invocation, when it is streamed.
class StreamedAnswer final : public AnswerSink {
 public:
  StreamedAnswer(const std::string& host, const std::string& request_id) : host_(host), request_id_(request_id) {}

  AnswerSink& open(std::string_view content_type) {
    if (post_) throw std::logic_error("a second answer to one invocation");
    const net::Headers headers = {{"Content-Type", std::string(content_type)},
                                  {"Lambda-Runtime-Function-Response-Mode", "streaming"},
                                  {"Trailer", fmt::format("{}, {}", kErrorType, kErrorBody)}};
    post_.emplace(host_, fmt::format("{}invocation/{}/response", kVersionPath, request_id_), headers, kStreamPatience);
    return *this;
  }
  bool is_open() const { return post_.has_value(); }
  bool write(std::string_view piece) override { return post_->write(piece); }

  void end() { conclude({}); }
  void fail(const wire::FunctionError& error) {
    conclude({{kErrorType, error.type}, {kErrorBody, base64(wire::encode(error))}});
  }

 private:
  static constexpr const char* kErrorType = "Lambda-Runtime-Function-Error-Type";
  static constexpr const char* kErrorBody = "Lambda-Runtime-Function-Error-Body";

  /// Where nobody takes it any more, that has been seen by who wrote it. 0: the Runtime API has said nothing at all.
  void conclude(const net::Headers& trailers) {
    const int status = post_->end(trailers);
    if (status < 200 || status >= 300) log_warn("the runtime API took no streamed answer", {{"status", status}});
  }

  const std::string& host_;
  const std::string& request_id_;
  std::optional<net::ChunkedPost> post_;
};

/// The threads of one process.
class Workers {
 public:
  Workers(const Env& env, const Clock& clock, const std::function<std::unique_ptr<Function>()>& make)
      : host_(env.require("AWS_LAMBDA_RUNTIME_API")),
        limit_(
            static_cast<int>(parse_integer(env.get_or("AWS_LAMBDA_MAX_CONCURRENCY", "1"), 1, kMaxThreads).value_or(1))),
        clock_(clock),
        make_(make) {}

  int run() {
    work();
    for (std::thread& thread : threads_) thread.join();
    return 1;  // Lambda never lets `next` return without work: whoever served it is gone.
  }

 private:
  void work() {
    RuntimeApi api(host_);
    std::unique_ptr<Function> function;
    try {
      function = make_();
    } catch (const std::exception& error) {
      log_error("cannot start", {{"error", error.what()}});
      api.fail_init({error.what(), "Runtime.InitError"});
      std::_Exit(1);
    }
    try {
      for (;;) serve_one(api, *function);
    } catch (const Error& error) {
      log_debug("the runtime API is gone", {{"error", error.what()}});
    }
  }

  void serve_one(RuntimeApi& api, Function& function) {
    ++waiting_;
    wire::Invocation invocation;
    try {
      invocation = api.next();
    } catch (...) {
      --waiting_;
      throw;
    }
    if (--waiting_ == 0) start_another();
    answer(api, function, invocation);
  }

  void start_another() {
    const std::lock_guard lock(mutex_);
    if (static_cast<int>(threads_.size()) + 1 < limit_) threads_.emplace_back([this] { work(); });
  }

  void answer(RuntimeApi& api, Function& function, const wire::Invocation& invocation) {
    if (limit_ == 1) setenv("_X_AMZN_TRACE_ID", invocation.trace_id.c_str(), 1);
    const auto left = milliseconds(invocation.deadline_ms - epoch_ms(clock_.now()));
    StreamedAnswer stream(host_, invocation.request_id);
    const Call call{invocation, clock_.steady_now() + left,
                    [&](std::string_view content_type) -> AnswerSink& { return stream.open(content_type); }};
    try {
      const std::string payload = function.answer(call);
      stream.is_open() ? stream.end() : api.answer(invocation.request_id, payload);
    } catch (const FunctionFailure& failure) {
      fail(api, stream, invocation, {failure.what(), failure.type()});
    } catch (const std::exception& error) {
      log_error("invocation failed", {{"requestId", invocation.request_id}, {"error", error.what()}});
      fail(api, stream, invocation, {error.what(), "Function.Error"});
    }
  }

  static void fail(RuntimeApi& api, StreamedAnswer& stream, const wire::Invocation& invocation,
                   const wire::FunctionError& error) {
    stream.is_open() ? stream.fail(error) : api.fail(invocation.request_id, error);
  }

  std::string host_;
  int limit_;
  const Clock& clock_;
  const std::function<std::unique_ptr<Function>()>& make_;
  std::atomic<int> waiting_{0};
  std::mutex mutex_;
  std::list<std::thread> threads_;
};

}  // namespace

int serve(const Env& env, const Clock& clock, const std::function<std::unique_ptr<Function>()>& make) {
  try {
    return Workers(env, clock, make).run();
  } catch (const Error& error) {  // nobody to tell it to: there is no Runtime API
    log_error("cannot serve", {{"error", error.what()}});
    return 1;
  }
}

}  // namespace wsdeep::handlers
