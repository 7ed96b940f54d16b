#include "session/reasoning.h"

#include <algorithm>
#include <utility>

namespace wsdeep::session {
namespace {

constexpr std::string_view kOpen = "<think>";
constexpr std::string_view kClose = "</think>";

/// The length of the longest end of `text` that could be the start of `tag`.
std::size_t partial_tag(std::string_view text, std::string_view tag) {
  for (std::size_t length = std::min(text.size(), tag.size() - 1); length > 0; --length)
    if (text.substr(text.size() - length) == tag.substr(0, length)) return length;
  return 0;
}

}  // namespace

std::vector<Passage> ReasoningSplitter::feed(std::string_view text) {
  std::string all = std::exchange(held_, {}) + std::string(text);
  std::string_view rest = all;
  std::vector<Passage> passages;
  const auto emit = [&](std::string_view piece) {
    // Models put a line's end after <think>, and a blank line between their thoughts and their answer.
    if (after_tag_) {
      const std::size_t start = piece.find_first_not_of("\r\n");
      piece = start == std::string_view::npos ? std::string_view() : piece.substr(start);
      if (!piece.empty()) after_tag_ = false;
    }
    if (!piece.empty()) passages.push_back({reasoning_, std::string(piece)});
  };
  for (;;) {
    const std::string_view tag = reasoning_ ? kClose : kOpen;
    const std::size_t at = rest.find(tag);
    if (at == std::string_view::npos) {
      const std::size_t held = partial_tag(rest, tag);
      emit(rest.substr(0, rest.size() - held));
      held_ = rest.substr(rest.size() - held);
      return passages;
    }
    emit(rest.substr(0, at));
    rest.remove_prefix(at + tag.size());
    reasoning_ = !reasoning_;
    after_tag_ = true;
  }
}

std::vector<Passage> ReasoningSplitter::finish() {
  if (held_.empty()) return {};
  return {{reasoning_, std::exchange(held_, {})}};
}

}  // namespace wsdeep::session
