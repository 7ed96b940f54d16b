#include "llm/engine/http_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/url.h"
#include "llm/engine/engine_protocol.h"
#include "llm/engine/http_generation.h"
#include "net/http_client.h"
#include "net/http_streams.h"

// An engine behind HTTP: engine_protocol.cpp knows what is asked, http_generation.cpp has what becomes of one answer
// and engine_answer.cpp how it is read. All answers are read in one thread (net/http_streams.h); one more asks for the
// engine's health.

namespace wsdeep::llm {
namespace {

constexpr std::chrono::hours kLongestAnswer{1};
constexpr std::chrono::seconds kHealthTimeout{5};
/// What comes after `[DONE]` is the end of the body, unless the engine holds the connection open.
constexpr std::chrono::milliseconds kDrain{100};

/// What its owner has to look at when the engine does not take the key.
std::string about_key(const HttpEngineOptions& options) {
  return options.api_key.empty() ? "it wants a key, and " + options.api_key_from + " has none"
                                 : "it does not take the key of " + options.api_key_from;
}

const EngineProtocol& protocol_of(EngineKind kind) {
  return kind == EngineKind::kOpenAi ? openai_protocol() : ollama_protocol();
}

class HttpEngine final : public Engine {
 public:
  explicit HttpEngine(const HttpEngineOptions& options)
      : options_(options),
        protocol_(protocol_of(options.kind)),
        watcher_([this](const std::stop_token& stop) { watch(stop); }) {}

  std::string name() const override { return protocol_.name(); }
  std::vector<std::string> models() const override;
  EngineStatus status() const override;
  std::optional<net::HttpCall> page_call() const override {
    return options_.kind == EngineKind::kOpenAi ? std::optional(call_of("/metrics")) : std::nullopt;
  }
  std::unique_ptr<Generation> start(const LlmRequest& request, EngineEvents events) override;

 private:
  net::HttpCall call_of(const std::string& path) const;
  net::HttpCall call_for(const LlmRequest& request, const std::string& model) const;
  std::string model_of(const LlmRequest& request) const;
  void watch(const std::stop_token& stop);
  std::vector<std::string> ask_models(net::HttpClient& client, const std::stop_token& stop, std::string& owner) const;
  std::string owner() const;

  const HttpEngineOptions options_;
  const EngineProtocol& protocol_;
  mutable std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::vector<std::string> models_;
  std::string owner_;                                         ///< whose server it is
  std::string sickness_ = "the engine has not answered yet";  ///< empty: it is well
  const ActiveCount active_ = std::make_shared<std::atomic<int>>(0);
  net::HttpStreams streams_;
  std::jthread watcher_;
};

std::vector<std::string> HttpEngine::models() const {
  const std::lock_guard lock(mutex_);
  return options_.model.empty() ? models_ : std::vector<std::string>{options_.model};
}

EngineStatus HttpEngine::status() const {
  EngineStatus status;
  status.slots = options_.slots;
  status.active = *active_;
  const std::lock_guard lock(mutex_);
  status.healthy = sickness_.empty();
  status.reason = sickness_;
  return status;
}

std::string HttpEngine::owner() const {
  const std::lock_guard lock(mutex_);
  return owner_;
}

std::unique_ptr<Generation> HttpEngine::start(const LlmRequest& request, EngineEvents events) {
  auto generation =
      std::make_shared<HttpGeneration>(active_, std::move(events), request.request_id, about_key(options_));
  net::HttpStreams::Stream stream;
  const std::string model = model_of(request);
  if (model.empty())
    generation->refuse(streams_, failure(LlmFault::kUnavailable, status().reason));
  else
    stream = generation->start(streams_, call_for(request, model));
  return own(std::move(generation), std::move(stream));
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

net::HttpCall HttpEngine::call_for(const LlmRequest& request, const std::string& model) const {
  net::HttpCall call = call_of(protocol_.generation_path());
  call.method = "POST";
  call.headers.emplace_back("Content-Type", "application/json");
  call.body = protocol_.body(request, model, owner());
  call.timeout = kLongestAnswer;
  call.silence_limit = options_.silence_limit;
  call.drain = kDrain;
  return call;
}

/// What the engine serves, and whose server it is. Throws Error{kFailure} with what is wrong with it.
std::vector<std::string> HttpEngine::ask_models(net::HttpClient& client, const std::stop_token& stop,
                                                std::string& owner) const {
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
  owner = protocol_.owner(response.body);
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
    std::string sickness, owner;
    try {
      models = ask_models(client, stop, owner);
    } catch (const std::exception& error) {
      sickness = error.what();
    }
    std::unique_lock lock(mutex_);
    sickness_ = std::move(sickness);
    if (!models.empty()) owner_ = std::move(owner);
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
