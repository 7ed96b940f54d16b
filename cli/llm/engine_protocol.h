#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "llm/outcome.h"
#include "wire/llm.h"

/// How engines are asked over HTTP and what their answers say. No I/O. Private to cli/llm.
namespace wsdeep::llm {

/// One answer, as far as its lines have been read. A reasoning part that the engine sends in a field of its own gets
/// the `<think>` tags that other engines leave in the text.
class StreamedAnswer {
 public:
  void add_reasoning(std::string_view text);
  void add_text(std::string_view text);
  /// What has been added since the last call.
  std::vector<LlmChunk> take_chunks() { return std::exchange(chunks_, {}); }

  std::string finish_reason;  ///< empty: the engine has not said that the answer is whole
  Usage usage;
  std::optional<std::string> error;  ///< the engine's words, in the middle of a stream

 private:
  std::vector<LlmChunk> chunks_;
  bool thinks_ = false;
};

class EngineProtocol {
 public:
  virtual ~EngineProtocol() = default;
  virtual std::string name() const = 0;
  /// Paths of the engine's URL. A health path that the engine does not have answers 404, and says nothing.
  virtual std::string generation_path() const = 0;
  virtual std::string models_path() const = 0;
  virtual std::string health_path() const = 0;

  virtual std::string body(const LlmRequest& request, const std::string& model) const = 0;
  /// Reads one line of the answer's body. Throws Error{kFailure} for a line that is none of the protocol.
  virtual void read_line(std::string_view line, StreamedAnswer& answer) const = 0;
  /// Throws Error{kFailure}.
  virtual std::vector<std::string> models(std::string_view body) const = 0;
};

const EngineProtocol& openai_protocol();
const EngineProtocol& ollama_protocol();

/// The engine's own words in the body of an error status, on one line and bounded; empty when it has none.
std::string error_words(std::string_view body);

}  // namespace wsdeep::llm
