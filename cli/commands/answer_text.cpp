#include "commands/answer_text.h"

#include <utility>

#include "base/printable.h"

namespace wsdeep::commands {
namespace {

constexpr std::string_view kDimmed = "2";

}  // namespace

std::string remark_on_end(std::string_view finish_reason, bool has_text, bool has_reasoning) {
  if (finish_reason == "length")
    return has_text ? "(cut off: the answer reached its length limit)"
                    : "(cut off before the model answered: it reached its length limit)";
  if (finish_reason == "content_filter")
    return has_text ? "(cut off by the model's content filter)" : "(withheld by the model's content filter)";
  if (finish_reason == "tool_calls") return "(the model wants to call a tool, and there are none here)";
  if (finish_reason == "refusal") return "(the model refused)";
  if (has_text) return {};
  return has_reasoning ? "(the model thought, and said nothing)" : "(the model said nothing)";
}

void AnswerText::add(const LlmChunk& chunk) {
  if (chunk.was_reasoning) return was_reasoning();
  if (chunk.text.empty()) return;
  (chunk.reasoning ? has_reasoning_ : has_text_) = true;
  if (console_.stdout_is_terminal()) return add_text(chunk);
  (chunk.reasoning ? reasoning_ : held_) += chunk.text;
}

/// On a terminal, which must not act on what a model says.
void AnswerText::add_text(const LlmChunk& chunk) {
  if (chunk.reasoning && !with_reasoning_) return;
  if (in_reasoning_ && !chunk.reasoning) write(at_line_start_ ? "\n" : "\n\n");
  in_reasoning_ = chunk.reasoning;
  const std::string text = strip_control(chunk.text);
  write(chunk.reasoning ? console_.style_out(kDimmed, text) : text);
  at_line_start_ = text.ends_with('\n');
}

void AnswerText::was_reasoning() {
  has_reasoning_ = true;
  has_text_ = false;
  reasoning_ += std::exchange(held_, {});
  if (!began_) return;
  end_line();
  console_.err("(that was the model's reasoning)\n");
}

void AnswerText::restart() {
  held_.clear();
  reasoning_.clear();
  has_text_ = has_reasoning_ = in_reasoning_ = false;
  if (!std::exchange(began_, false)) return;
  end_line();
  console_.err("the answer begins again\n");
}

void AnswerText::end_line() {
  if (began_ && !at_line_start_) console_.out("\n");
  at_line_start_ = true;
}

void AnswerText::end() {
  if (!with_reasoning_) reasoning_.clear();
  if (!reasoning_.empty()) write(reasoning_ + (held_.empty() ? "" : reasoning_.ends_with('\n') ? "\n" : "\n\n"));
  if (!held_.empty()) write(held_);
  if (!held_.empty() || !reasoning_.empty()) at_line_start_ = (held_.empty() ? reasoning_ : held_).ends_with('\n');
  held_.clear();
  reasoning_.clear();
  end_line();
}

void AnswerText::write(std::string_view text) {
  began_ = began_ || !text.empty();
  console_.out(text);
}

}  // namespace wsdeep::commands
