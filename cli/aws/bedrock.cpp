#include "aws/bedrock.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "aws/bedrock_answer.h"
#include "aws/service_fault.h"
#include "aws/sigv4.h"
#include "base/random.h"
#include "base/text.h"
#include "net/retry_after.h"

// One answer is one exchange of HTTP, or several one after the other while none has begun: what is signed, sent and
// read. It is read in the streams' thread, which decodes it and leaves text and end for the thread that waits in
// next(). An exchange is shared by the two, so that a reader that goes need not wait for it: it only asks it to stop.

namespace wsdeep::aws {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kSigningName = "bedrock";
constexpr std::string_view kEventStream = "application/vnd.amazon.eventstream";
constexpr std::size_t kMaxRefusal = 64 << 10;

/// One try.
class BedrockExchange : public std::enable_shared_from_this<BedrockExchange> {
 public:
  explicit BedrockExchange(bool agent)
      : agent_(agent), answer_(agent ? BedrockAnswer::Kind::kAgent : BedrockAnswer::Kind::kModel) {}

  void start(net::HttpStreams& streams, net::HttpCall call, std::string operation, std::string region);
  void stop() { stop_.request_stop(); }

  struct Arrival {
    std::vector<LlmChunk> chunks;
    bool ended = false;
    bool began = false;                     ///< an event has come
    std::optional<BedrockFailure> failure;  ///< when ended, unless well
    LlmResult result;                       ///< when ended
  };
  /// What has arrived, all of it at most once.
  Arrival wait(SteadyTime until);

 private:
  bool take_piece(std::string_view piece);
  void publish();
  void end(const net::TransportError* error);
  std::optional<BedrockFailure> failure_at_end(const net::TransportError* error);
  BedrockFailure refusal() const;
  bool was_not_asked(const BedrockFailure& failure, const net::TransportError* error) const;

  const bool agent_;
  std::stop_source stop_;
  // In the streams' thread alone:
  std::string operation_;
  std::string region_;
  net::HttpResponse head_;
  EventStreamDecoder decoder_;
  BedrockAnswer answer_;
  std::optional<BedrockFailure> broken_;
  // Shared:
  std::mutex mutex_;
  std::condition_variable arrived_;
  Arrival arrival_;
};

void BedrockExchange::start(net::HttpStreams& streams, net::HttpCall call, std::string operation, std::string region) {
  operation_ = std::move(operation);
  region_ = std::move(region);
  const auto self = shared_from_this();
  call.cancel = stop_.get_token();
  call.on_head = [self](const net::HttpResponse& head) {
    self->head_.status = head.status;
    self->head_.headers = head.headers;
  };
  call.on_data = [self](std::string_view piece) { return self->take_piece(piece); };
  streams.start(std::move(call),
                [self](const net::HttpResponse&, const net::TransportError* error) { self->end(error); });
}

bool BedrockExchange::take_piece(std::string_view piece) {
  if (head_.status != 200) {
    head_.body += piece.substr(0, kMaxRefusal - head_.body.size());
    return head_.body.size() < kMaxRefusal;
  }
  if (!to_lower(net::header(head_.headers, "content-type").value_or("")).starts_with(kEventStream)) {
    broken_ = BedrockFailure{BedrockFault::kUnavailable, "what answers is not Bedrock: it sends no event stream"};
    broken_->hint = "check the endpoint, and whether a proxy stands between";
    return false;
  }
  try {
    decoder_.feed(piece);
    while (const auto message = decoder_.next()) answer_.take(*message);
  } catch (const std::exception& error) {
    broken_ = BedrockFailure{BedrockFault::kUnavailable, error.what()};
    broken_->may_pass = true;
  }
  publish();
  return !broken_ && !answer_.failure();
}

void BedrockExchange::publish() {
  std::vector<LlmChunk> chunks = answer_.take_chunks();
  const std::lock_guard lock(mutex_);
  arrival_.began = answer_.has_begun();
  if (chunks.empty()) return;
  std::move(chunks.begin(), chunks.end(), std::back_inserter(arrival_.chunks));
  arrived_.notify_one();
}

BedrockFailure BedrockExchange::refusal() const {
  const ServiceError error = to_service_error(head_, "Bedrock", operation_, region_, std::chrono::system_clock::now());
  BedrockFailure failure = bedrock_failure(error.code(), error.detail());
  if (is_throttling(error)) failure.fault = BedrockFault::kOverloaded;
  if (error.kind() == ErrorKind::kRefused) failure.fault = BedrockFault::kMisconfigured;
  failure.may_pass = failure.may_pass || is_transient(error);
  if (failure.hint.empty()) failure.hint = error.hint();
  failure.cause = error.what();
  failure.retry_after = net::retry_after(head_.headers, std::chrono::system_clock::now());
  return failure;
}

std::optional<BedrockFailure> BedrockExchange::failure_at_end(const net::TransportError* error) {
  if (broken_) return broken_;
  if (answer_.failure()) return answer_.failure();
  if (head_.status != 200 && (error == nullptr || !head_.body.empty())) return refusal();
  const bool framed = net::header(head_.headers, "transfer-encoding") || net::header(head_.headers, "content-length");
  auto failure = answer_.finish(error == nullptr && framed && decoder_.at_boundary());
  if (!failure || error == nullptr) return failure;
  BedrockFailure transport = bedrock_failure(*error);
  if (answer_.has_begun()) transport.cause = "the answer broke off: " + transport.cause;
  return transport;
}

/// That nothing came of the call, whatever became of it: it was never sent, or refused for the rate, or since another
/// one is under way.
bool BedrockExchange::was_not_asked(const BedrockFailure& failure, const net::TransportError* error) const {
  using net::TransportFault;
  if (error != nullptr && (error->fault() == TransportFault::kRefused || error->fault() == TransportFault::kResolve))
    return true;
  return head_.status != 200 && failure.fault == BedrockFault::kOverloaded;
}

void BedrockExchange::end(const net::TransportError* error) {
  std::optional<BedrockFailure> failure = failure_at_end(error);
  // An agent acts, and remembers what it was asked: a question that it may have got is not put to it again.
  if (failure && agent_) failure->may_pass = failure->may_pass && was_not_asked(*failure, error);
  publish();
  const std::lock_guard lock(mutex_);
  arrival_.ended = true;
  arrival_.failure = std::move(failure);
  arrival_.result = answer_.result();
  arrived_.notify_one();
}

BedrockExchange::Arrival BedrockExchange::wait(SteadyTime until) {
  std::unique_lock lock(mutex_);
  arrived_.wait_until(lock, until, [&] { return !arrival_.chunks.empty() || arrival_.ended; });
  Arrival taken = arrival_;
  arrival_.chunks.clear();
  return taken;
}

/// What it takes to make the call, as often as it is made.
struct BedrockCall {
  net::HttpStreams& streams;
  const ClientOptions& options;
  CredentialSource& credentials;
  const Clock& clock;
  bool agent = false;
  std::string path;
  std::string body;
  SteadyTime deadline{};

  milliseconds left() const { return std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()); }
  const char* operation() const { return agent ? "InvokeAgent" : "ConverseStream"; }
  std::shared_ptr<BedrockExchange> make() const;
};

/// Signed anew each time: a signature and temporary credentials age while we wait.
std::shared_ptr<BedrockExchange> BedrockCall::make() const {
  net::HttpCall call;
  call.method = "POST";
  call.url = options.endpoint + path;
  call.headers = {{"Content-Type", "application/json"}, {"Accept", std::string(kEventStream)}};
  call.body = body;
  call.ca_file = options.ca_file;
  call.send_once = agent;
  call.connect_timeout = std::min(options.connect_timeout, left());
  call.timeout = std::max(left(), milliseconds(1));
  net::Headers added = aws::sign(call.method, call.url, call.headers, call.body, credentials.get(),
                                 {options.region, std::string(kSigningName)}, clock.now());
  std::move(added.begin(), added.end(), std::back_inserter(call.headers));
  auto exchange = std::make_shared<BedrockExchange>(agent);
  exchange->start(streams, std::move(call), operation(), options.region);
  return exchange;
}

class RetryingReader final : public BedrockReader {
 public:
  explicit RetryingReader(BedrockCall call) : call_(std::move(call)), exchange_(call_.make()) {}
  ~RetryingReader() override {
    if (exchange_) exchange_->stop();
  }
  RetryingReader(const RetryingReader&) = delete;
  RetryingReader& operator=(const RetryingReader&) = delete;

  Event next(SteadyTime until) override;

 private:
  bool plan_retry(const BedrockFailure& failure, bool began);

  BedrockCall call_;
  std::shared_ptr<BedrockExchange> exchange_;  ///< null between two tries
  SteadyTime again_at_{};
  int failures_ = 0;
};

BedrockReader::Event RetryingReader::next(SteadyTime until) {
  if (!exchange_) {
    std::this_thread::sleep_until(std::min(until, again_at_));
    if (std::chrono::steady_clock::now() < again_at_) return {};
    try {
      exchange_ = call_.make();
    } catch (const Error& error) {
      return {State::kFailed, {}, {}, {BedrockFault::kMisconfigured, error.what(), {}, error.hint()}};
    }
  }
  BedrockExchange::Arrival arrival = exchange_->wait(until);
  if (!arrival.chunks.empty()) return {State::kText, std::move(arrival.chunks), {}, {}};
  if (!arrival.ended) return {};
  if (!arrival.failure) return {State::kEnded, {}, std::move(arrival.result), {}};
  if (plan_retry(*arrival.failure, arrival.began)) return {};
  if (failures_ > 1 && !arrival.began) arrival.failure->cause += fmt::format(" (tried {} times)", failures_);
  return {State::kFailed, {}, {}, std::move(*arrival.failure)};
}

/// "Full jitter", as in aws/client.cpp; a service that asks for more patience than we have gets no second call.
bool RetryingReader::plan_retry(const BedrockFailure& failure, bool began) {
  ++failures_;
  const RetryPolicy& policy = call_.options.retry;
  if (!failure.may_pass || began || failures_ >= policy.max_attempts) return false;
  const auto ceiling = std::min(policy.cap, policy.base * (std::int64_t{1} << std::min(failures_, 20)));
  auto pause = milliseconds(static_cast<std::int64_t>(random_unit() * static_cast<double>(ceiling.count())));
  if (failure.retry_after) pause = std::max(pause, *failure.retry_after);
  if (pause > policy.cap || pause >= call_.left()) return false;
  exchange_.reset();
  again_at_ = std::chrono::steady_clock::now() + pause;
  return true;
}

}  // namespace

Bedrock::Bedrock(BedrockTarget target, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : target_(std::move(target)), options_(std::move(options)), credentials_(credentials), clock_(clock) {
  validate(target_);
}

Bedrock::~Bedrock() = default;

const char* Bedrock::service_id(const BedrockTarget& target) {
  return target.is_agent() ? "Bedrock Agent Runtime" : "Bedrock Runtime";
}

const char* Bedrock::endpoint_prefix(const BedrockTarget& target) {
  return target.is_agent() ? "bedrock-agent-runtime" : "bedrock-runtime";
}

std::unique_ptr<BedrockReader> Bedrock::start(const LlmRequest& request, milliseconds timeout) {
  BedrockTarget target = target_;
  if (!request.model.empty() && !target.is_agent()) target.model = request.model;
  validate(target);
  return std::make_unique<RetryingReader>(BedrockCall{streams_, options_, credentials_, clock_, target.is_agent(),
                                                      bedrock_path(target, request), bedrock_body(target, request),
                                                      std::chrono::steady_clock::now() + timeout});
}

}  // namespace wsdeep::aws
