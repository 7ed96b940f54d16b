#include "llm/engine/http_engine.h"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "base/error.h"
#include "base/url.h"
#include "llm/engine/engine_key.h"
#include "llm/engine/engine_protocol.h"
#include "llm/engine/engine_watch.h"
#include "llm/engine/http_generation.h"
#include "net/http_streams.h"

// An engine behind HTTP: engine_protocol.cpp knows what is asked, http_generation.cpp has what becomes of one answer
// and engine_answer.cpp how it is read. All answers are read in one thread (net/http_streams.h); one more looks after
// the engine (engine_watch.h).

namespace wsdeep::llm {
namespace {

constexpr std::chrono::hours kLongestAnswer{1};
/// What comes after `[DONE]` is the end of the body, unless the engine holds the connection open.
constexpr std::chrono::milliseconds kDrain{100};

const EngineProtocol& protocol_of(EngineKind kind) {
  return kind == EngineKind::kOpenAi ? openai_protocol() : ollama_protocol();
}

class HttpEngine final : public Engine {
 public:
  explicit HttpEngine(const HttpEngineOptions& options)
      : options_(options),
        protocol_(protocol_of(options.kind)),
        key_(options.api_key, options.api_key_file),
        watch_(options, protocol_, key_) {}

  std::string name() const override { return protocol_.name(); }
  std::vector<std::string> models() const override;
  EngineStatus status() const override;
  std::optional<net::HttpCall> page_call() const override {
    return options_.kind == EngineKind::kOpenAi ? std::optional(engine_call(options_, key_, "/metrics")) : std::nullopt;
  }
  std::unique_ptr<Generation> start(const LlmRequest& request, EngineEvents events) override;

 private:
  net::HttpCall call_for(const LlmRequest& request, const std::string& model) const;
  std::string model_of(const LlmRequest& request) const;

  const HttpEngineOptions options_;
  const EngineProtocol& protocol_;
  EngineKey key_;
  EngineWatch watch_;
  const ActiveCount active_ = std::make_shared<std::atomic<int>>(0);
  net::HttpStreams streams_;
};

std::vector<std::string> HttpEngine::models() const {
  return options_.model.empty() ? watch_.models() : std::vector<std::string>{options_.model};
}

EngineStatus HttpEngine::status() const {
  EngineStatus status;
  status.slots = options_.slots;
  status.active = *active_;
  status.reason = watch_.sickness();
  status.healthy = status.reason.empty();
  return status;
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

std::string HttpEngine::model_of(const LlmRequest& request) const {
  if (!request.model.empty()) return request.model;
  const std::vector<std::string> served = models();
  return served.empty() ? "" : served.front();
}

net::HttpCall HttpEngine::call_for(const LlmRequest& request, const std::string& model) const {
  net::HttpCall call = engine_call(options_, key_, protocol_.generation_path());
  call.method = "POST";
  call.headers.emplace_back("Content-Type", "application/json");
  call.body = protocol_.body(request, model, watch_.owner());
  call.timeout = kLongestAnswer;
  call.silence_limit = options_.silence_limit;
  call.drain = kDrain;
  return call;
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
  if (options.pull && options.kind != EngineKind::kOllama)
    throw Error(ErrorKind::kUsage, "only an Ollama engine pulls its model");
  if (options.pull && options.model.empty())
    throw Error(ErrorKind::kUsage, "to pull a model takes its name", "such as --model deepseek-r1:8b");
}

std::unique_ptr<Engine> make_http_engine(const HttpEngineOptions& options) {
  validate(options);
  HttpEngineOptions trimmed = options;
  while (trimmed.url.ends_with('/')) trimmed.url.pop_back();
  return std::make_unique<HttpEngine>(trimmed);
}

}  // namespace wsdeep::llm
