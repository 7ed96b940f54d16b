#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "llm/engine/answer_end.h"
#include "llm/engine/event_reader.h"
#include "llm/engine/token_count.h"
#include "llm/outcome.h"
#include "wire/llm.h"
#include "wire/think_tags.h"

/// What an engine's answer says. No I/O. Private to cli/llm.
namespace wsdeep::llm {

/// The body of one answer, as it comes. Every dialect is read: chunks and whole completions of OpenAI's chat and of its
/// older completions, Ollama's `/api/chat` and `/api/generate`. What cannot be read, or is of another type than it
/// should be, is left out; only what tells the end, or an error, decides.
///
/// This is where reasoning is told from the answer: it comes in a field (`reasoning_content`, `reasoning`, `thinking`,
/// a `thinking` part of a list), and then tags in the text are text; or between tags (ThinkSplitter).
class EngineAnswer {
 public:
  /// `kCommonFirst` reads what nearly all of a stream is made of in a shorter way (common_delta.h), which must make no
  /// difference; `kThorough` is there to be compared with.
  enum class Reading { kCommonFirst, kThorough };
  /// `about_key`: what to say of the key when the engine does not take it.
  explicit EngineAnswer(std::string about_key = "it does not take the node's key",
                        Reading reading = Reading::kCommonFirst);

  /// Of an answer with this status, and what it says of when to ask again.
  void begin(int status, std::optional<std::chrono::milliseconds> retry_after = {}) {
    status_ = status;
    retry_after_ = retry_after;
  }
  /// False when nothing that may follow is of interest.
  bool take(std::string_view bytes);
  /// What has been said since the last call. Tokens whose text is held back, or that have none, come at once, as a
  /// chunk without text.
  std::vector<LlmChunk> take_chunks();
  /// Whether the answer is known: how its body ends does not matter any more.
  bool stands() const { return is_success() && end_.stands(); }
  /// Once, when no more comes. `location`: where a redirection leads.
  LlmOutcome finish(BodyEnd end, std::string_view location = {});
  /// What could not be read, or went wrong after the end: for the log.
  int ignored() const { return events_.ignored() + (end_.failed_late() ? 1 : 0); }

 private:
  bool is_success() const { return status_ >= 200 && status_ < 300; }
  void read(const nlohmann::json& document, bool is_error);
  bool read_choice(const nlohmann::json& document);
  bool read_line(const nlohmann::json& document);
  bool read_parts(const nlohmann::json& message);
  bool read_content(const nlohmann::json& content);
  void read_usage(const nlohmann::json& document);
  bool read_common(std::string_view text);
  void count_tokens(std::optional<std::int64_t> sum, std::size_t chunks_before);
  bool think(const std::string& text);
  bool say(const std::string& text);
  void add(std::vector<LlmChunk> chunks);
  LlmOutcome verdict(BodyEnd end);
  LlmOutcome refusal(std::string_view location) const;
  LlmOutcome without_key() const;
  LlmOutcome no_answer() const;

  EventReader events_;
  wire::ThinkSplitter splitter_;
  AnswerEnd end_;
  const std::string about_key_;
  int status_ = 200;
  std::optional<std::chrono::milliseconds> retry_after_;
  std::string beginning_;  ///< of an error's body
  std::vector<LlmChunk> chunks_;
  TokenCount tokens_;
  bool spoke_ = false;  ///< the document that is being read has text
  std::optional<Usage> usage_;
  std::optional<std::int64_t> cached_;  ///< as llama.cpp says it beside its usage
  bool any_text_ = false;
  bool documents_ = false;  ///< there was one that belongs to an answer
  bool called_tool_ = false;
  bool refused_ = false;
};

}  // namespace wsdeep::llm
