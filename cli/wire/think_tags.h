#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/llm.h"

/// `<think>…</think>`: how models mark their reasoning in the text, and how it is told to programs that know no better.
namespace wsdeep::wire {

/// Tells reasoning from answer in a text, however it is cut. A tag counts only as the first text of an answer (blanks
/// may come before it): a model that writes about tags later on means them.
///
/// Chat templates such as DeepSeek-R1's open `<think>` in the prompt, so that the answer holds `</think>` alone. All
/// before it was reasoning, which is known only then: `was_reasoning`. It counts when no `<think>` came before it, and
/// when it stands neither in quotes nor in a fenced block, as one does that somebody writes about.
///
/// `<think>` that is never closed: reasoning, unless text follows it in the same line and the model came to its end;
/// then the model has written about the tag, and the whole is told once more as the answer.
class ThinkSplitter {
 public:
  /// What is certain of the text so far; what may be the start of a tag is held back.
  std::vector<LlmChunk> feed(std::string_view text);
  /// What was held back. `ended`: the model came to its end by itself.
  std::vector<LlmChunk> finish(bool ended);
  /// The engine has a field for reasoning: from here on tags are text.
  std::vector<LlmChunk> trust_fields();

 private:
  enum class State { kStart, kThinking, kAfterThinking, kAnswer, kPlain };

  std::vector<LlmChunk> run();
  bool step(std::vector<LlmChunk>& out);
  bool begin();
  bool think(std::vector<LlmChunk>& out);
  bool begin_answer();
  bool watch(std::vector<LlmChunk>& out);
  bool close_stands_for_itself() const;
  void take(std::size_t count, std::vector<LlmChunk>& out);
  void note(std::string_view text);

  State state_ = State::kStart;
  std::string held_;
  bool over_ = false;       ///< nothing more comes
  bool after_tag_ = false;  ///< nothing but line ends came since `<think>`
  bool in_line_ = true;     ///< text follows `<think>` in the same line
  std::string thought_;     ///< that text and what came after it
  bool answered_ = false;   ///< a piece of the answer is out
  char before_ = '\n';      ///< the answer's last character that is out
  int ticks_ = 0;           ///< backticks at its end
  bool fenced_ = false;     ///< its end is in a fenced block
};

/// The same as one text, for programs that look for tags.
class ThinkTagger {
 public:
  /// `chunk` behind the tag that must stand there, which counts as reasoning.
  std::vector<LlmChunk> tag(LlmChunk chunk);

 private:
  bool thinks_ = false;
};

}  // namespace wsdeep::wire
