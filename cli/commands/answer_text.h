#pragma once

#include <string>
#include <string_view>

#include "terminal/console.h"
#include "wire/llm.h"

namespace wsdeep::commands {

/// What a person should know about how an answer ended, beside its text: `(cut off: …)`, `(the model said nothing)`;
/// empty when there is nothing to say.
std::string remark_on_end(std::string_view finish_reason, bool has_text, bool has_reasoning);

/// One answer on stdout, and nothing but it. A terminal shows the text as it comes. Anything else gets it when it is
/// whole, or when it has failed: what is written cannot be taken back, and only the end tells what was the answer.
class AnswerText {
 public:
  AnswerText(const Console& console, bool with_reasoning) : console_(console), with_reasoning_(with_reasoning) {}

  void add(const LlmChunk& chunk);
  /// The answer begins again.
  void restart();
  /// Ends an unfinished line, so that something else can be said.
  void end_line();
  /// There is no more: writes what was held back, and the end of its last line.
  void end();

  std::string remark(std::string_view finish_reason) const {
    return remark_on_end(finish_reason, has_text_, has_reasoning_);
  }

 private:
  void add_text(const LlmChunk& chunk);
  void was_reasoning();
  void write(std::string_view text);

  const Console& console_;
  const bool with_reasoning_;
  std::string held_;       ///< not a terminal: all of it
  std::string reasoning_;  ///< not a terminal: all of it
  bool has_text_ = false;
  bool has_reasoning_ = false;
  bool in_reasoning_ = false;
  bool at_line_start_ = true;
  bool began_ = false;  ///< something is on the terminal
};

}  // namespace wsdeep::commands
