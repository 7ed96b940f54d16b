// toml11 does the reading. It calls itself for each level of nesting, without a bound: what is too deep is refused
// before. Its header takes seconds to compile and stays in this file.

#include "stack/toml_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <toml.hpp>

#include "base/error.h"
#include "base/text.h"

namespace wsdeep::stack {
namespace {

constexpr std::size_t kMaxTomlDepth = 100;

[[noreturn]] void refuse_toml(const std::string& file, Position at, std::string_view cause) {
  throw Error(ErrorKind::kUsage, fmt::format("{}:{}:{}: {}", file, at.line, at.column, cause));
}

/// Goes over the text as TOML's lexer would, strings and comments apart from the rest, and counts what opens a level:
/// brackets, braces and the dots of a key.
class TomlDepthCheck {
 public:
  TomlDepthCheck(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  void run() {
    while (at_ < text_.size()) {
      if (const char c = text_[at_]; c == '#')
        skip_comment();
      else if (c == '"' || c == '\'')
        skip_string(c);
      else
        count(c);
    }
  }

 private:
  void skip_comment() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  void skip_string(char quote) {
    const std::string triple(3, quote);
    const bool many_lines = text_.substr(at_, 3) == triple;
    at_ += many_lines ? 3 : 1;
    for (; at_ < text_.size(); ++at_) {
      if (many_lines ? text_.substr(at_, 3) == triple : text_[at_] == quote || text_[at_] == '\n') break;
      if (quote == '"' && text_[at_] == '\\') ++at_;
    }
    at_ = std::min(at_ + (many_lines ? 3 : 1), text_.size());
  }

  void count(char c) {
    if (c == '\n') ++line_;
    if (c == '\n' || c == '=' || c == ',') dots_ = 0;
    if (c == '.') ++dots_;
    if (c == '[' || c == '{') ++open_;
    if ((c == ']' || c == '}') && open_ > 0) --open_;
    if (open_ + dots_ > kMaxTomlDepth)
      refuse_toml(file_, {line_, 1}, fmt::format("nested deeper than {} levels", kMaxTomlDepth));
    ++at_;
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0, open_ = 0, dots_ = 0, line_ = 1;
};

using Toml = toml::basic_value<toml::discard_comments, std::map>;

Position toml_position(const Toml& value) {
  const toml::source_location at = value.location();
  return {at.line(), at.column()};
}

/// What toml11 says takes many lines: `[error] toml::parse_table: invalid line format`, the place, the source with a
/// caret, `^--- expected newline`. Here it takes one, and the place is that of the last caret.
[[noreturn]] void refuse_as_said(const std::string& file, std::string_view said) {
  std::string cause = "not TOML";
  std::string_view detail;
  Position at{1, 1};
  std::size_t line = 0;
  for (const std::string_view raw : split(said, '\n')) {
    const std::size_t bar = raw.find(" | ");
    const std::string_view before = trim(raw.substr(0, bar));
    const std::size_t mark = bar == std::string_view::npos ? bar : raw.find_first_not_of(' ', bar + 3);
    if (raw.starts_with("[error] toml::"))
      cause = fmt::format("not TOML: {}", trim(raw.substr(std::min(raw.find(": ") + 1, raw.size()))));
    else if (const auto number = parse_integer(before, 1, 1 << 30); number && bar != std::string_view::npos)
      line = static_cast<std::size_t>(*number);
    else if (before.empty() && mark != std::string_view::npos && (raw[mark] == '^' || raw[mark] == '~'))
      at = {line, mark - (bar + 3) + 1},
      detail = trim(raw.substr(std::min(raw.find_first_not_of("^~-", mark), raw.size())));
  }
  if (!detail.empty() && detail != "here") cause += fmt::format(" ({})", detail);
  refuse_toml(file, at, cause);
}

class TomlTreeBuilder {
 public:
  explicit TomlTreeBuilder(const std::string& file) : file_(file) {}

  YamlNode build(const Toml& value) {
    constexpr std::size_t kMaxNodes = 20'000;
    YamlNode node;
    node.at = toml_position(value);
    if (++nodes_ > kMaxNodes) refuse_toml(file_, node.at, fmt::format("more than {} values", kMaxNodes));
    if (value.is_table())
      fill_map(node, value.as_table());
    else if (value.is_array())
      fill_sequence(node, value.as_array());
    else
      fill_scalar(node, value);
    return node;
  }

 private:
  void fill_map(YamlNode& node, const Toml::table_type& table) {
    node.kind = YamlNode::Kind::kMap;
    for (const auto& [name, value] : table) {
      YamlEntry entry{{}, build(value)};
      entry.key.kind = YamlNode::Kind::kScalar;
      entry.key.value = name;
      entry.key.at = entry.value.at;
      node.entries.push_back(std::move(entry));
    }
  }

  void fill_sequence(YamlNode& node, const Toml::array_type& array) {
    node.kind = YamlNode::Kind::kSequence;
    for (const Toml& item : array) node.items.push_back(build(item));
  }

  /// Not the number: toml11 makes one that is too large the largest that there is.
  static void fill_scalar(YamlNode& node, const Toml& value) {
    node.kind = YamlNode::Kind::kScalar;
    node.plain = !value.is_string();
    const toml::source_location at = value.location();
    if (value.is_string())
      node.value = value.as_string().str;
    else
      node.value = at.line_str().substr(std::min<std::size_t>(at.column() - 1, at.line_str().size()), at.region());
  }

  const std::string& file_;
  std::size_t nodes_ = 0;
};

}  // namespace

YamlNode parse_toml(std::string_view text, const std::string& file) {
  TomlDepthCheck(text, file).run();
  std::istringstream stream{std::string(text)};
  try {
    return TomlTreeBuilder(file).build(toml::parse<toml::discard_comments, std::map>(stream, "file"));
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    refuse_as_said(file, error.what());
  }
}

}  // namespace wsdeep::stack
