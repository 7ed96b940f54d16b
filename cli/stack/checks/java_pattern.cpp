#include "stack/checks/java_pattern.h"

#include <fmt/format.h>

#include "base/text.h"

namespace wsdeep::stack {
namespace {

class PatternReader {
 public:
  explicit PatternReader(std::string_view pattern) : rest_(pattern) {}

  std::string problem() {
    while (!rest_.empty() && problem_.empty()) step();
    if (problem_.empty() && depth_ > 0) problem_ = "a group '(' is not closed";
    return problem_;
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  void step() {
    const char c = take();
    if (c == '\\')
      escape();
    else if (c == '[')
      character_class();
    else if (c == '(')
      open_group();
    else if (c == ')')
      close_group();
    else if (c == '*' || c == '+' || c == '?')
      repeat(c);
    else if (c == '{')
      braces();
    else
      repeatable_ = c != '|' && c != '^';
  }

  void escape() {
    repeatable_ = true;
    if (rest_.empty()) {
      problem_ = "it ends with a single '\\'";
      return;
    }
    const char c = take();
    // Up to \E, everything stands for itself.
    if (c == 'Q') return skip_behind("\\E");
    // \p{Lower}, \x{1F600}, \N{NAME}: these braces repeat nothing.
    if (std::string_view("pPxN").find(c) != std::string_view::npos && rest_.starts_with('{')) skip_behind("}");
  }

  void skip_behind(std::string_view end) {
    const std::size_t at = rest_.find(end);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
  }

  /// Classes nest: `[a-z&&[^aeiou]]`. The first character may be a `]`.
  void character_class() {
    std::size_t open = 1;
    bool first = true;
    if (rest_.starts_with('^')) take();
    while (open > 0 && !rest_.empty()) {
      const char c = take();
      if (c == '\\') {
        if (!rest_.empty()) take();
      } else if (c == '[') {
        ++open;
        if (rest_.starts_with('^')) take();
        first = true;
        continue;
      } else if (c == ']' && !first) {
        --open;
      }
      first = false;
    }
    if (open > 0) problem_ = "a class '[' is not closed";
    repeatable_ = true;
  }

  void open_group() {
    ++depth_;
    repeatable_ = false;
    // (?:…), (?=…), (?<name>…), (?i): the ? is no repetition.
    if (rest_.starts_with('?')) take();
  }

  void close_group() {
    if (depth_ == 0)
      problem_ = "a ')' closes no group";
    else
      --depth_;
    repeatable_ = true;
  }

  /// A repetition may be followed by ? (reluctant) or + (possessive).
  void end_of_repetition() {
    if (rest_.starts_with('?') || rest_.starts_with('+')) take();
    repeatable_ = false;
  }

  void repeat(char c) {
    if (!repeatable_) problem_ = fmt::format("there is nothing that '{}' repeats", c);
    end_of_repetition();
  }

  /// `{3}`, `{3,}`, `{3,5}`
  void braces() {
    const std::size_t close = rest_.find('}');
    const std::string_view inside = rest_.substr(0, close == std::string_view::npos ? 0 : close);
    const std::size_t comma = inside.find(',');
    const auto low = parse_integer(inside.substr(0, comma), 0, INT32_MAX);
    const std::string_view most = comma == std::string_view::npos ? std::string_view{} : inside.substr(comma + 1);
    const auto high = parse_integer(most, 0, INT32_MAX);
    if (!low || (!most.empty() && !high)) {
      problem_ = "a '{' begins no repetition such as {2,5}";
      return;
    }
    if (high && *high < *low) problem_ = fmt::format("the repetition {{{}}} ends before it begins", inside);
    rest_.remove_prefix(close + 1);
    end_of_repetition();
  }

  std::string_view rest_;
  std::string problem_;
  std::size_t depth_ = 0;
  bool repeatable_ = false;
};

}  // namespace

std::string pattern_problem(std::string_view pattern) {
  return PatternReader(pattern).problem();
}

}  // namespace wsdeep::stack
