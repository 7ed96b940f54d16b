#include "llm/http_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "base/url.h"
#include "llm/engine_protocol.h"
#include "llm/generation_pool.h"

// An engine behind HTTP: generation_pool.cpp has the slots and the threads that ask it, engine_protocol.cpp knows what
// is asked and answered; one more thread asks for its health.

namespace wsdeep::llm {
namespace {

constexpr std::size_t kMostLineBytes = 1 << 20;
constexpr std::size_t kMostErrorBytes = 16 << 10;
constexpr std::chrono::hours kLongestAnswer{1};
constexpr std::chrono::seconds kHealthTimeout{5};

LlmFault fault_of(int status) {
  if (status == 400 || status == 404 || status == 413 || status == 422) return LlmFault::kInvalid;
  if (status == 408 || status == 504) return LlmFault::kTimeout;
  if (status == 429) return LlmFault::kOverloaded;
  return status == 502 || status == 503 ? LlmFault::kUnavailable : LlmFault::kInternal;
}

LlmFault fault_of(net::TransportFault fault) {
  switch (fault) {
    case net::TransportFault::kCancelled:
      return LlmFault::kCancelled;
    case net::TransportFault::kTimeout:
      return LlmFault::kTimeout;
    case net::TransportFault::kTls:
    case net::TransportFault::kOther:
      return LlmFault::kInternal;
    default:
      return LlmFault::kUnavailable;
  }
}

/// Bytes to lines, which end with a newline.
class Lines {
 public:
  template <typename Take>
  void feed(std::string_view bytes, Take take) {
    rest_ += bytes;
    std::size_t begin = 0;
    for (std::size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1)
      take(std::string_view(rest_).substr(begin, end - begin));
    rest_.erase(0, begin);
    if (rest_.size() > kMostLineBytes) throw Error(ErrorKind::kFailure, "a line is too long");
  }
  /// What came after the last newline.
  std::string_view rest() const { return rest_; }

 private:
  std::string rest_;
};

/// The body of one answer, which may turn out to be an error's: the status comes with its end.
class Reading {
 public:
  explicit Reading(const EngineProtocol& protocol) : protocol_(protocol) {}

  /// False when there is nothing more to be had.
  bool take(std::string_view bytes) {
    beginning_ += bytes.substr(0, kMostErrorBytes - beginning_.size());
    if (flaw_.empty()) try {
        lines_.feed(bytes, [&](std::string_view line) { protocol_.read_line(line, answer); });
      } catch (const Error& error) {
        flaw_ = error.what();
      }
    return !answer.error && (flaw_.empty() || beginning_.size() < kMostErrorBytes);
  }

  /// Whether how the connection ended does not matter any more.
  bool is_over() const { return answer.error || !flaw_.empty() || !answer.finish_reason.empty(); }

  LlmOutcome verdict(int status) {
    if (status != 200) {
      const std::string words = error_words(beginning_);
      return failure(fault_of(status),
                     fmt::format("the engine answers {}{}{}", status, words.empty() ? "" : ": ", words));
    }
    if (!lines_.rest().empty()) take("\n");
    if (answer.error) return failure(LlmFault::kInternal, fmt::format("the engine failed: {}", *answer.error));
    if (!flaw_.empty()) return failure(LlmFault::kInternal, "the engine's answer cannot be read: " + flaw_);
    if (answer.finish_reason.empty())
      return failure(LlmFault::kUnavailable, "the engine's answer ended before it was whole");
    LlmOutcome outcome;
    outcome.ok = true;
    outcome.result.finish_reason = answer.finish_reason;
    outcome.result.usage = answer.usage;
    return outcome;
  }

  StreamedAnswer answer;

 private:
  const EngineProtocol& protocol_;
  Lines lines_;
  std::string beginning_;
  std::string flaw_;
};

using Job = GenerationPool::Job;
using JobRef = GenerationPool::JobRef;

class HttpGeneration final : public Generation {
 public:
  HttpGeneration(std::shared_ptr<GenerationPool> pool, JobRef job) : pool_(std::move(pool)), job_(std::move(job)) {}
  ~HttpGeneration() override { pool_->abandon(job_); }
  void cancel() override { pool_->cancel(job_); }

 private:
  std::shared_ptr<GenerationPool> pool_;
  JobRef job_;
};

const EngineProtocol& protocol_of(EngineKind kind) {
  return kind == EngineKind::kOpenAi ? openai_protocol() : ollama_protocol();
}

class HttpEngine final : public Engine {
 public:
  explicit HttpEngine(const HttpEngineOptions& options)
      : options_(options),
        protocol_(protocol_of(options.kind)),
        pool_(std::make_shared<GenerationPool>(options.slots,
                                               [this](auto& client, const auto& job) { return run(client, job); })),
        watcher_([this](const std::stop_token& stop) { watch(stop); }) {}
  ~HttpEngine() override {
    watcher_.request_stop();
    watcher_.join();
    pool_->stop();
  }

  std::string name() const override { return protocol_.name(); }
  std::vector<std::string> models() const override;
  EngineStatus status() const override;
  std::unique_ptr<Generation> start(const LlmRequest& request, EngineEvents events) override;

 private:
  net::HttpCall call_of(const std::string& path) const;
  LlmOutcome run(net::HttpClient& client, const JobRef& job);
  LlmOutcome stream(net::HttpClient& client, const JobRef& job);
  std::string model_of(const LlmRequest& request) const;
  void watch(const std::stop_token& stop);
  std::vector<std::string> ask_models(net::HttpClient& client, const std::stop_token& stop) const;

  const HttpEngineOptions options_;
  const EngineProtocol& protocol_;
  mutable std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::vector<std::string> models_;
  std::string sickness_ = "the engine has not answered yet";  ///< empty: it is well
  std::shared_ptr<GenerationPool> pool_;
  std::jthread watcher_;
};

std::vector<std::string> HttpEngine::models() const {
  const std::lock_guard lock(mutex_);
  return options_.model.empty() ? models_ : std::vector<std::string>{options_.model};
}

EngineStatus HttpEngine::status() const {
  EngineStatus status;
  status.slots = options_.slots;
  status.active = pool_->active();
  const std::lock_guard lock(mutex_);
  status.healthy = sickness_.empty();
  status.reason = sickness_;
  return status;
}

std::unique_ptr<Generation> HttpEngine::start(const LlmRequest& request, EngineEvents events) {
  auto job = std::make_shared<Job>();
  job->request = request;
  job->events = std::move(events);
  pool_->start(job);
  return std::make_unique<HttpGeneration>(pool_, std::move(job));
}

net::HttpCall HttpEngine::call_of(const std::string& path) const {
  net::HttpCall call;
  call.url = options_.url + path;
  call.connect_timeout = options_.connect_timeout;
  call.ca_file = options_.ca_file;
  if (!options_.api_key.empty()) call.headers.emplace_back("Authorization", "Bearer " + options_.api_key);
  return call;
}

std::string HttpEngine::model_of(const LlmRequest& request) const {
  if (!request.model.empty()) return request.model;
  const std::vector<std::string> served = models();
  return served.empty() ? "" : served.front();
}

LlmOutcome HttpEngine::run(net::HttpClient& client, const JobRef& job) {
  try {
    return stream(client, job);
  } catch (const net::TransportError& error) {
    return failure(fault_of(error.fault()), error.what());
  } catch (const std::exception& error) {
    return failure(LlmFault::kInternal, fmt::format("the engine's answer cannot be read: {}", error.what()));
  }
}

LlmOutcome HttpEngine::stream(net::HttpClient& client, const JobRef& job) {
  const std::string model = model_of(job->request);
  if (model.empty()) return failure(LlmFault::kUnavailable, status().reason);
  Reading reading(protocol_);
  net::HttpCall call = call_of(protocol_.generation_path());
  call.method = "POST";
  call.headers.emplace_back("Content-Type", "application/json");
  call.body = protocol_.body(job->request, model);
  call.timeout = kLongestAnswer;
  call.silence_limit = options_.silence_limit;
  call.cancel = job->stop.get_token();
  call.on_data = [&](std::string_view bytes) {
    const bool goes_on = reading.take(bytes);
    for (LlmChunk& chunk : reading.answer.take_chunks()) pool_->tell(job, std::move(chunk));
    return goes_on;
  };
  job->asked = std::chrono::steady_clock::now();
  int status = 200;
  try {
    status = client.send(call).status;
  } catch (const net::TransportError&) {
    if (!reading.is_over()) throw;
  }
  return reading.verdict(status);
}

/// What the engine serves. Throws Error{kFailure} with what is wrong with it.
std::vector<std::string> HttpEngine::ask_models(net::HttpClient& client, const std::stop_token& stop) const {
  net::HttpCall call = call_of(protocol_.health_path());
  call.timeout = kHealthTimeout;
  call.cancel = stop;
  call.max_response_bytes = 1 << 20;
  const int health = client.send(call).status;
  if (health >= 500)
    throw Error(ErrorKind::kFailure, fmt::format("the engine says it is not well (status {})", health));
  call.url = options_.url + protocol_.models_path();
  const net::HttpResponse response = client.send(call);
  if (response.status != 200)
    throw Error(ErrorKind::kFailure, fmt::format("the engine answers {} when asked for its models", response.status));
  std::vector<std::string> models = protocol_.models(response.body);
  if (models.empty()) throw Error(ErrorKind::kFailure, "the engine has no model yet");
  if (!options_.model.empty() && std::find(models.begin(), models.end(), options_.model) == models.end())
    throw Error(ErrorKind::kFailure,
                fmt::format("the engine has not the model '{}', but {}", options_.model, join(models, ", ")));
  return models;
}

void HttpEngine::watch(const std::stop_token& stop) {
  net::HttpClient client;
  while (!stop.stop_requested()) {
    std::vector<std::string> models;
    std::string sickness;
    try {
      models = ask_models(client, stop);
    } catch (const std::exception& error) {
      sickness = error.what();
    }
    std::unique_lock lock(mutex_);
    sickness_ = std::move(sickness);
    if (!models.empty()) models_ = std::move(models);
    stopped_.wait_for(lock, stop, options_.health_interval, [] { return false; });
  }
}

}  // namespace

void validate(const HttpEngineOptions& options) {
  const Url url = parse_url(options.url);
  if (url.scheme != "http" && url.scheme != "https")
    throw Error(ErrorKind::kUsage, fmt::format("expected an http or https URL of the engine, got {}://", url.scheme));
  if (url.target.find_first_of("?#") != std::string::npos)
    throw Error(ErrorKind::kUsage, "the engine's URL must have no query");
  if (options.slots < 1 || options.slots > 4096)
    throw Error(ErrorKind::kUsage, fmt::format("slots must be from 1 to 4096, got {}", options.slots));
}

std::unique_ptr<Engine> make_http_engine(const HttpEngineOptions& options) {
  validate(options);
  HttpEngineOptions trimmed = options;
  while (trimmed.url.ends_with('/')) trimmed.url.pop_back();
  return std::make_unique<HttpEngine>(trimmed);
}

}  // namespace wsdeep::llm
