#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/bedrock_fault.h"
#include "aws/event_stream.h"
#include "wire/json_fields.h"
#include "wire/llm.h"

/// Private to this folder.
namespace wsdeep::aws {

/// The messages of one streamed answer, ConverseStream's or InvokeAgent's, to what they say.
class BedrockAnswer {
 public:
  enum class Kind { kModel, kAgent };
  explicit BedrockAnswer(Kind kind) : kind_(kind) {}

  /// Kinds of events that are not known are left: Bedrock gets new ones. Throws Error{kFailure} for one that is known
  /// and malformed. After a failure nothing more is taken.
  void take(const EventMessage& message);
  /// What came since the last call; UTF-8.
  std::vector<LlmChunk> take_chunks() { return std::exchange(chunks_, {}); }

  bool has_begun() const { return began_; }
  /// What the stream itself said against going on.
  const std::optional<BedrockFailure>& failure() const { return failure_; }
  /// How it ended, when it did not fail; `body_whole`: the body came to its own end. A model says when it has ended, an
  /// agent only closes.
  std::optional<BedrockFailure> finish(bool body_whole);
  const LlmResult& result() const { return result_; }

 private:
  void take_event(std::string_view type, const EventMessage& message);
  void take_delta(const wire::JsonFields& event);
  void take_stop(const wire::JsonFields& event);
  void take_metadata(const wire::JsonFields& event);
  void take_part(const wire::JsonFields& event);
  void take_files(const wire::JsonFields& event);
  void take_trace(const wire::JsonFields& event);
  void take_step(const wire::JsonFields& step);
  void add_text(std::string text, bool reasoning);

  Kind kind_;
  std::vector<LlmChunk> chunks_;
  LlmResult result_;
  std::optional<BedrockFailure> failure_;
  std::string held_;  ///< of an agent's text: the beginning of a character
  bool began_ = false;
  bool any_text_ = false;
  bool intervened_ = false;  ///< an agent's guardrail has
};

}  // namespace wsdeep::aws
