#include "wire/think_tags.h"

#include <algorithm>
#include <utility>

namespace wsdeep::wire {
namespace {

constexpr std::string_view kOpen = "<think>";
constexpr std::string_view kClose = "</think>";
constexpr std::string_view kOpening = "<think>\n";
constexpr std::string_view kClosing = "\n</think>\n\n";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kLineEnds = "\r\n";
constexpr int kFenceTicks = 3;
/// Nobody writes more than that about a tag that he does not close.
constexpr std::size_t kMostThoughtBytes = 256 << 10;

/// The length of the longest end of `text` that could be the start of `tag`.
std::size_t partial_tag(std::string_view text, std::string_view tag) {
  for (std::size_t length = std::min(text.size(), tag.size() - 1); length > 0; --length)
    if (text.substr(text.size() - length) == tag.substr(0, length)) return length;
  return 0;
}

bool is_quote(char c) {
  return c == '`' || c == '"' || c == '\'';
}

}  // namespace

std::vector<LlmChunk> ThinkSplitter::feed(std::string_view text) {
  held_ += text;
  return run();
}

std::vector<LlmChunk> ThinkSplitter::run() {
  std::vector<LlmChunk> out;
  while (!held_.empty() && step(out)) {
  }
  return out;
}

std::vector<LlmChunk> ThinkSplitter::finish(bool ended) {
  over_ = true;
  std::vector<LlmChunk> out = run();
  take(held_.size(), out);
  if (state_ == State::kThinking && ended && in_line_) out.push_back({std::string(kOpen) + thought_});
  return out;
}

std::vector<LlmChunk> ThinkSplitter::trust_fields() {
  std::vector<LlmChunk> out;
  if (state_ == State::kPlain || state_ == State::kAfterThinking) return out;
  // Blanks before the first field are nothing that anybody said.
  if (held_.find_first_not_of(kBlanks) == std::string::npos) held_.clear();
  take(held_.size(), out);
  state_ = answered_ ? State::kPlain : State::kAfterThinking;
  return out;
}

/// False when more text is needed.
bool ThinkSplitter::step(std::vector<LlmChunk>& out) {
  switch (state_) {
    case State::kStart:
      return begin();
    case State::kThinking:
      return think(out);
    case State::kAfterThinking:
      return begin_answer();
    case State::kAnswer:
      return watch(out);
    case State::kPlain:
      take(held_.size(), out);
  }
  return true;
}

bool ThinkSplitter::begin() {
  const std::size_t start = held_.find_first_not_of(kBlanks);
  if (start == std::string::npos) return false;
  const std::string_view text = std::string_view(held_).substr(start);
  if (!over_ && text.size() < kOpen.size() && kOpen.starts_with(text)) return false;
  after_tag_ = text.starts_with(kOpen);
  if (after_tag_) held_.erase(0, start + kOpen.size());
  state_ = after_tag_ ? State::kThinking : State::kAnswer;
  return true;
}

/// The line ends after the opening tag and before the closing one are the tags' own.
bool ThinkSplitter::think(std::vector<LlmChunk>& out) {
  if (after_tag_) {
    const std::size_t start = std::min(held_.find_first_not_of(kLineEnds), held_.size());
    if (start > 0) in_line_ = false;
    held_.erase(0, start);
    if (held_.empty()) return true;
    after_tag_ = false;
  }
  const std::size_t close = held_.find(kClose);
  const bool closes = close != std::string::npos;
  const std::string_view thought =
      std::string_view(held_).substr(0, closes ? close : held_.size() - partial_tag(held_, kClose));
  const std::size_t last = thought.find_last_not_of(kLineEnds);
  const std::size_t count = last == std::string_view::npos ? 0 : last + 1;
  const std::size_t rest = closes ? close + kClose.size() - count : 0;
  take(count, out);
  held_.erase(0, rest);
  if (closes) state_ = State::kAfterThinking;
  return closes;
}

bool ThinkSplitter::begin_answer() {
  held_.erase(0, std::min(held_.find_first_not_of(kLineEnds), held_.size()));
  if (!held_.empty()) state_ = State::kPlain;
  return true;
}

/// Looks for a closing tag that nobody opened.
bool ThinkSplitter::watch(std::vector<LlmChunk>& out) {
  const std::size_t close = held_.find(kClose);
  if (held_.find(kOpen) < close) {
    state_ = State::kPlain;
    return true;
  }
  if (close == std::string::npos) {
    take(held_.size() - std::max(partial_tag(held_, kOpen), partial_tag(held_, kClose)), out);
    return false;
  }
  take(close, out);
  if (held_.size() == kClose.size() && !over_) return false;
  if (!close_stands_for_itself()) {
    take(kClose.size(), out);
    return true;
  }
  held_.erase(0, kClose.size());
  if (answered_) out.push_back({"", true, true});
  state_ = State::kAfterThinking;
  return true;
}

/// `held_` starts with the tag.
bool ThinkSplitter::close_stands_for_itself() const {
  const char after = held_.size() > kClose.size() ? held_[kClose.size()] : '\n';
  return !fenced_ && !is_quote(before_) && !is_quote(after);
}

void ThinkSplitter::take(std::size_t count, std::vector<LlmChunk>& out) {
  if (count == 0) return;
  const std::string text = held_.substr(0, count);
  held_.erase(0, count);
  note(text);
  out.push_back({text, state_ == State::kThinking});
}

void ThinkSplitter::note(std::string_view text) {
  if (state_ == State::kThinking) {
    if (in_line_) thought_ += text;
    in_line_ = in_line_ && thought_.size() <= kMostThoughtBytes;
    return;
  }
  answered_ = true;
  before_ = text.back();
  if (state_ != State::kAnswer) return;
  for (const char c : text) {
    ticks_ = c == '`' ? ticks_ + 1 : 0;
    if (ticks_ == kFenceTicks) fenced_ = !fenced_;
  }
}

std::vector<LlmChunk> ThinkTagger::tag(LlmChunk chunk) {
  if (chunk.was_reasoning)
    return {{std::string(kClosing), true, false, chunk.tokens, chunk.token_offsets_us, chunk.arrival}};
  std::vector<LlmChunk> out;
  if (std::exchange(thinks_, chunk.reasoning) != chunk.reasoning)
    out.push_back({std::string(chunk.reasoning ? kOpening : kClosing), true});
  out.push_back(std::move(chunk));
  return out;
}

}  // namespace wsdeep::wire
