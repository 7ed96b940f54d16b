#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/llm.h"

/// How engines are asked over HTTP; engine_answer.h reads what they answer. No I/O. Private to cli/llm.
namespace wsdeep::llm {

class EngineProtocol {
 public:
  virtual ~EngineProtocol() = default;
  virtual std::string name() const = 0;
  /// Paths of the engine's URL. A health path that the engine does not have answers 404, and says nothing.
  virtual std::string generation_path() const = 0;
  virtual std::string models_path() const = 0;
  virtual std::string health_path() const = 0;

  /// `owner` is whose server it is: what only some of them know, only they are asked for.
  virtual std::string body(const LlmRequest& request, const std::string& model, const std::string& owner) const = 0;
  /// Throws Error{kFailure}.
  virtual std::vector<std::string> models(std::string_view body) const = 0;
  /// Whether the one that is listed is the one that is asked for.
  virtual bool is_model(const std::string& listed, const std::string& asked) const { return listed == asked; }
  /// How it is told to get a model; empty when it cannot be told.
  virtual std::string pull_path() const { return {}; }
  virtual std::string pull_body(const std::string& /*model*/) const { return {}; }
  /// Whose server it is, as the list of its models says: `vllm`, `sglang`, `llamacpp` …; empty when it does not say.
  virtual std::string owner(std::string_view body) const = 0;
};

const EngineProtocol& openai_protocol();
const EngineProtocol& ollama_protocol();

}  // namespace wsdeep::llm
