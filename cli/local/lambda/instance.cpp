#include "local/lambda/instance.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"

namespace wsdeep::local {
namespace {

constexpr std::string_view kPrefix = "/2018-06-01/runtime/";
/// A process that has neither asked for work nor ended by then never will.
constexpr std::chrono::seconds kInitTimeout{30};

net::HttpResponse accepted() {
  return {202, {{"Content-Type", "application/json"}}, R"({"status":"OK"})"};
}

net::HttpResponse refused(int status, std::string_view type, std::string_view message) {
  return {status,
          {{"Content-Type", "application/json"}},
          fmt::format(R"({{"errorMessage":"{}","errorType":"{}"}})", json_escape(message), type)};
}

constexpr const char* kErrorTypeTrailer = "Lambda-Runtime-Function-Error-Type";
constexpr const char* kErrorBodyTrailer = "Lambda-Runtime-Function-Error-Body";

bool is_answer(const net::HttpRequest& head) {
  return head.method == "POST" && head.target.ends_with("/response");
}

/// An answer that a function sends while it makes it.
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
bool is_streamed_answer(const net::HttpRequest& head) {
  return is_answer(head) &&
         iequals(net::header(head.headers, "Lambda-Runtime-Function-Response-Mode").value_or(""), "streaming");
}

/// By its own word.
bool is_too_large(const net::HttpRequest& head) {
  const auto length = net::header(head.headers, "Content-Length");
  return length && !parse_integer(*length, 0, wire::kMaxLambdaPayloadBytes);
}

/// Whoever is too large hears it, and so does who invoked the function: it is not left to the server's own limit.
bool comes_in_pieces(const net::HttpRequest& head) {
  return is_streamed_answer(head) ||
         (is_answer(head) && (is_too_large(head) || !net::header(head.headers, "Content-Length")));
}

/// https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
wire::FunctionError too_large() {
  return {fmt::format("Response payload size exceeded maximum allowed payload size ({} bytes).",
                      wire::kMaxLambdaPayloadBytes),
          "Function.ResponseSizeTooLarge"};
}

wire::FunctionError exit_error(std::string_view request_id, int code) {
  const std::string how = code < 0 ? fmt::format("signal: {}", -code) : fmt::format("exit status {}", code);
  return {fmt::format("RequestId: {} Error: Runtime exited with error: {}", request_id, how), "Runtime.ExitError"};
}

}  // namespace

LambdaService::Instance::Instance(net::EventLoop& loop, const Clock& clock, const FunctionSpec& spec, std::string arn,
                                  Events events)
    : loop_(loop), clock_(clock), spec_(spec), arn_(std::move(arn)), events_(std::move(events)) {
  net::ServerOptions options;
  options.max_body_bytes = wire::kMaxLambdaPayloadBytes;
  options.at_head = comes_in_pieces;
  runtime_api_ = std::make_unique<net::Server>(
      loop, options, [this](std::shared_ptr<net::HttpExchange> exchange) { on_request(std::move(exchange)); });
  net::ProcessOptions child;
  child.program = spec.program;
  child.environment = spec.environment;
  child.environment["AWS_LAMBDA_RUNTIME_API"] = fmt::format("127.0.0.1:{}", runtime_api_->port());
  child.environment["AWS_LAMBDA_FUNCTION_NAME"] = spec.name;
  child.environment["AWS_LAMBDA_MAX_CONCURRENCY"] = std::to_string(spec.concurrency);
  child.on_stdout = events_.log;
  child.on_stderr = events_.log;
  child.on_exit = [this](int code) { on_exit(code); };
  process_ = std::make_unique<net::Process>(loop, std::move(child));
  init_timeout_ = loop.after(kInitTimeout, [this] { on_never_served(); });
}

int LambdaService::Instance::room() const {
  if (retiring_) return 0;
  // Who has taken an invocation starts the thread that asks for the next one; that takes a moment.
  const bool asks = !served_ || !waiting_.empty() || clock_.steady_now() - delivered_at_ < kPollPatience;
  return asks ? std::max(0, spec_.concurrency - running()) : 0;
}

bool LambdaService::Instance::wake() {
  if (retiring_) return false;
  while (!waiting_.empty()) {
    auto pending = events_.take();
    if (!pending) return true;
    const std::shared_ptr<net::HttpExchange> exchange = std::move(waiting_.front());
    waiting_.pop_front();
    deliver(std::move(*pending), *exchange);
  }
  return false;
}

void LambdaService::Instance::on_request(std::shared_ptr<net::HttpExchange> exchange) {
  const std::string& target = exchange->request().target;
  if (!target.starts_with(kPrefix)) return exchange->respond(refused(404, "NotFound", "no such path"));
  const std::string_view path = std::string_view(target).substr(kPrefix.size());
  const bool post = exchange->request().method == "POST";
  const auto parts = split(path, '/');
  if (!post && path == "invocation/next") return on_next(std::move(exchange));
  if (post && path == "init/error") return on_init_error(*exchange);
  if (comes_in_pieces(exchange->request()) && parts.size() == 3) return on_stream(exchange, std::string(parts[1]));
  if (post && parts.size() == 3 && parts[0] == "invocation" && (parts[2] == "response" || parts[2] == "error"))
    return on_result(*exchange, parts[1], parts[2] == "error");
  exchange->respond(refused(404, "NotFound", "no such path"));
}

void LambdaService::Instance::on_next(std::shared_ptr<net::HttpExchange> exchange) {
  served_ = true;
  init_timeout_.cancel();
  exchange->on_gone([this, gone = exchange.get()] {
    std::erase_if(waiting_, [&](const auto& waiting) { return waiting.get() == gone; });
  });
  waiting_.push_back(std::move(exchange));
  wake();
}

void LambdaService::Instance::deliver(Pending pending, net::HttpExchange& to) {
  const std::string id = pending.request_id;
  delivered_at_ = clock_.steady_now();
  const std::int64_t deadline = epoch_ms(clock_.now()) + spec_.timeout.count();
  Running& running = running_[id];
  running.done = std::move(pending.done);
  running.target = std::move(pending.target);
  running.timeout = loop_.after(spec_.timeout, [this, id] { on_timeout(id); });
  to.respond({200,
              {{"Content-Type", "application/json"},
               {"Lambda-Runtime-Aws-Request-Id", id},
               {"Lambda-Runtime-Deadline-Ms", std::to_string(deadline)},
               {"Lambda-Runtime-Invoked-Function-Arn", arn_},
               {"Lambda-Runtime-Trace-Id",
                fmt::format("Root=1-{:08x}-{};Sampled=0", epoch_seconds(clock_.now()), hex(random_bytes(12)))}},
              std::move(pending.payload)});
}

void LambdaService::Instance::on_result(net::HttpExchange& exchange, std::string_view id, bool is_error) {
  if (!running_.contains(id)) return exchange.respond(refused(400, "InvalidRequestID", "Invalid request ID"));
  if (streams_.contains(id))
    return exchange.respond(refused(403, "InvalidStateTransition", "the answer is being sent already"));
  InvokeResult result;
  if (is_error) {
    result.kind = InvokeResult::Kind::kFunctionError;
    result.error = wire::parse_function_error(exchange.request().body);
  } else {
    result.payload = exchange.request().body;
  }
  exchange.respond(accepted());
  finish(std::string(id), std::move(result));
}

/// Who asked for no stream gets it whole.
void LambdaService::Instance::on_stream(const std::shared_ptr<net::HttpExchange>& exchange, const std::string& id) {
  const auto found = running_.find(id);
  if (found == running_.end()) return exchange->respond(refused(400, "InvalidRequestID", "Invalid request ID"));
  if (streams_.contains(id))
    return exchange->respond(refused(403, "InvalidStateTransition", "the answer is being sent already"));
  if (is_too_large(exchange->request())) return refuse_large(*exchange, id);
  const auto target = is_streamed_answer(exchange->request()) ? found->second.target : nullptr;
  streams_[id] = exchange;
  if (target) begin_target(*target, exchange, id);
  exchange->on_gone([this, id] { cut_stream(id); });
  exchange->on_body(
      [this, id, target, gathered = std::make_shared<std::string>()](std::string piece, const net::Headers* all) {
        const auto stream = streams_.find(id);
        if (stream == streams_.end()) return;
        const std::shared_ptr<net::HttpExchange> open = stream->second;
        if (target)
          target->piece(std::move(piece));
        else if (gathered->append(piece).size() > wire::kMaxLambdaPayloadBytes)
          return refuse_large(*open, id);
        if (all == nullptr) return;
        open->respond(accepted());
        on_stream_end(id, std::move(*gathered), *all);
      });
}

void LambdaService::Instance::begin_target(StreamTarget& target, const std::shared_ptr<net::HttpExchange>& exchange,
                                           const std::string& id) {
  target.stop = [this, exchange, id] {
    exchange->respond(refused(410, "Gone", "nobody takes the answer any more"));
    finish(id, {});
  };
  target.begin(net::header(exchange->request().headers, "Content-Type").value_or("application/octet-stream"));
}

void LambdaService::Instance::refuse_large(net::HttpExchange& exchange, const std::string& id) {
  exchange.respond(
      refused(413, "RequestEntityTooLarge",
              fmt::format("Exceeded maximum allowed payload size ({} bytes).", wire::kMaxLambdaPayloadBytes)));
  finish(id, {InvokeResult::Kind::kFunctionError, {}, too_large()});
}

void LambdaService::Instance::on_stream_end(const std::string& id, std::string gathered, const net::Headers& all) {
  InvokeResult result;
  result.payload = std::move(gathered);
  if (const auto type = net::header(all, kErrorTypeTrailer)) {
    const auto body = from_base64(net::header(all, kErrorBodyTrailer).value_or(""));
    result.kind = InvokeResult::Kind::kFunctionError;
    result.error = wire::parse_function_error(body.value_or(""));
    if (result.error.type.empty()) result.error.type = *type;
  }
  finish(id, std::move(result));
}

/// The function has ended its connection in the middle.
void LambdaService::Instance::cut_stream(const std::string& id) {
  finish(id, {InvokeResult::Kind::kFunctionError, {}, {"The answer breaks off.", "Runtime.TruncatedResponse"}});
}

void LambdaService::Instance::on_init_error(net::HttpExchange& exchange) {
  init_error_ = wire::parse_function_error(exchange.request().body);
  exchange.respond(accepted());
}

void LambdaService::Instance::on_timeout(const std::string& id) {
  retiring_ = true;
  finish(id, {InvokeResult::Kind::kTimedOut,
              {},
              {fmt::format("{} {} Task timed out after {:.2f} seconds", iso8601_ms(clock_.now()), id,
                           std::chrono::duration<double>(spec_.timeout).count()),
               "Sandbox.Timedout"}});
}

/// Lambda ends the sandbox of a function that does not answer; here it may be serving others, who may finish.
void LambdaService::Instance::end_retired() {
  if (retiring_ && running_.empty()) process_->terminate(std::chrono::milliseconds(0));
}

void LambdaService::Instance::on_never_served() {
  if (init_error_.type.empty())
    init_error_ = {fmt::format("Error: Runtime did not ask for work within {} seconds", kInitTimeout.count()),
                   "Runtime.InitTimeout"};
  process_->terminate(std::chrono::milliseconds(0));
}

void LambdaService::Instance::on_exit(int code) {
  while (!running_.empty()) {
    const std::string id = running_.begin()->first;
    finish(id, {InvokeResult::Kind::kCrashed, {}, exit_error(id, code)});
  }
  waiting_.clear();
  events_.ended(served_, init_error_.type.empty() ? exit_error("init", code) : init_error_);
}

void LambdaService::Instance::finish(const std::string& id, InvokeResult result) {
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  const Done done = std::move(found->second.done);
  if (found->second.target) found->second.target->stop = nullptr;
  running_.erase(found);
  const auto stream = streams_.extract(id);  // an exchange that nobody has answered says 500 when it goes
  events_.answered(result);
  done(std::move(result));
  end_retired();
}

}  // namespace wsdeep::local
