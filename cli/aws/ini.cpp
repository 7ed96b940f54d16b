// AWS's configuration files look like INI and are what Python's configparser makes of them:
//
//   [profile dev]          a section, whose header goes to the line's last bracket
//     region = eu-west-1   a setting, by = or :, indented or not, for nothing is above it that it could go on with
//     dynamodb =           a setting without a value …
//       endpoint_url = x   … owns the lines that are indented deeper, blank ones and comments between them too
//   output = a             a setting with a value …
//     region = b           … goes on over deeper lines as well: output is "a\nregion = b", and there is no region
//
// That last one is never meant. It is kept, for most settings are no concern of ours, and refused where it is read.
// A comment has its line for itself: ` # x` behind a value belongs to the value.

#include "aws/ini.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"

namespace wsdeep::aws {
namespace {

constexpr std::array<std::string_view, 16> kWideBlanks{"\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
                                                       "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",
                                                       "\u200a", "\u202f", "\u205f", "\u3000"};

/// The bytes of the blank that `text` starts with, or 0: Python's idea of one, less those that are refused anyway.
std::size_t blank_at(std::string_view text) {
  if (text.empty()) return 0;
  if (text.front() == ' ' || text.front() == '\t') return 1;
  for (const std::string_view blank : kWideBlanks)
    if (text.starts_with(blank)) return blank.size();
  return 0;
}

std::string_view strip_front(std::string_view text) {
  while (const std::size_t size = blank_at(text)) text.remove_prefix(size);
  return text;
}

std::string_view strip(std::string_view text) {
  text = strip_front(text);
  for (std::size_t size = 1; size <= 3 && size <= text.size(); ++size)
    if (blank_at(text.substr(text.size() - size)) == size) {
      text.remove_suffix(size);
      size = 0;
    }
  return text;
}

/// How many characters the line is indented by.
std::size_t indent_of(std::string_view line) {
  std::size_t count = 0;
  for (std::size_t size = blank_at(line); size > 0; size = blank_at(line), ++count) line.remove_prefix(size);
  return count;
}

/// Lines end with LF, CRLF or CR alone.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + (text.substr(end).starts_with("\r\n") ? 2 : 1), text.size()));
  }
  return lines;
}

class IniReader {
 public:
  explicit IniReader(const std::string& path) : path_(path) {}

  std::vector<IniSection> read(std::string_view text) {
    if (!is_utf8(text)) throw Error(ErrorKind::kFailure, fmt::format("{}: the file is not UTF-8 text", path_));
    for (const std::string_view line : lines_of(text)) {
      ++number_;
      read_line(line);
    }
    for (IniSection& section : sections_)
      for (IniSetting& one : section.settings) split_nested(one);
    return std::move(sections_);
  }

 private:
  [[noreturn]] void fail(std::size_t line, std::string_view cause, const std::string& hint = {}) const {
    throw Error(ErrorKind::kFailure, fmt::format("{}:{}: {}", path_, line, cause), hint);
  }

  void read_line(std::string_view line) {
    check_characters(line);
    const std::string_view text = strip(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') return;
    const std::size_t indent = indent_of(line);
    if (setting_open_ && indent > indent_) return go_on(text);
    indent_ = indent;
    if (text.front() == '[') return open_section(text);
    open_setting(text);
  }

  void check_characters(std::string_view line) const {
    if (number_ == 1 && line.starts_with("\ufeff"))
      fail(1, "the file starts with a byte order mark, which AWS's own tools refuse", "save it as UTF-8 without one");
    const bool control = std::any_of(line.begin(), line.end(), [](char c) {
      return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f;
    });
    if (control) fail(number_, "a control character");
    for (const std::string_view separator : {"\u0085", "\u2028", "\u2029", "\ufeff"})
      if (line.find(separator) != std::string_view::npos)
        fail(number_, "an invisible character: a line separator or byte order mark");
  }

  void open_section(std::string_view text) {
    const std::size_t end = text.rfind(']');
    if (end == std::string_view::npos) fail(number_, "the section's ']' is missing");
    const std::string header(text.substr(1, end - 1));
    if (header.empty()) fail(number_, "a section without a name");
    if (header == "DEFAULT")
      fail(number_, "[DEFAULT] gives its settings to every section, in some tools only", "write [default]");
    for (const IniSection& other : sections_)
      if (other.header == header)
        fail(number_, fmt::format("[{}] is there twice, first in line {}", header, other.line), "join the two");
    sections_.push_back({header, number_, {}});
    setting_open_ = false;
  }

  void open_setting(std::string_view text) {
    if (sections_.empty()) fail(number_, "a setting before any [section]");
    const std::size_t mark = text.find_first_of("=:");
    if (mark == std::string_view::npos || mark == 0) fail(number_, "expected 'name = value'");
    IniSetting added;
    added.name = to_lower(strip(text.substr(0, mark)));
    added.value = strip(text.substr(mark + 1));
    added.line = number_;
    for (const IniSetting& other : sections_.back().settings)
      if (other.name == added.name)
        fail(number_, fmt::format("'{}' is there twice, first in line {}", added.name, other.line), "take one out");
    sections_.back().settings.push_back(std::move(added));
    setting_open_ = true;
  }

  void go_on(std::string_view text) {
    IniSetting& setting = sections_.back().settings.back();
    if (!setting.value.empty() && setting.continued_line == 0) setting.continued_line = number_;
    setting.nested.push_back({std::string(text), {}, number_});
  }

  /// Until here a line of the block stands in `name`.
  void split_nested(IniSetting& setting) const {
    if (setting.continued_line != 0) setting.nested.clear();
    for (IniNested& one : setting.nested) {
      const std::string text = one.name;
      const std::size_t equals = text.find('=');
      if (equals == std::string::npos) fail(one.line, fmt::format("expected 'name = value' below '{}'", setting.name));
      one.name = strip(std::string_view(text).substr(0, equals));
      one.value = strip(std::string_view(text).substr(equals + 1));
    }
  }

  const std::string& path_;
  std::vector<IniSection> sections_;
  std::size_t number_ = 0, indent_ = 0;
  bool setting_open_ = false;
};

}  // namespace

std::vector<IniSection> parse_ini(std::string_view text, const std::string& path) {
  return IniReader(path).read(text);
}

std::vector<std::string> ini_words(std::string_view header) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < header.size(); ++i) {
    const char c = header[i];
    if (quote == '\0' && (c == ' ' || c == '\t')) {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
      continue;
    }
    in_word = true;
    const char next = i + 1 < header.size() ? header[i + 1] : '\0';
    if (c == '\\' && (quote == '\0' || (quote == '"' && (next == '"' || next == '\\')))) {
      if (next == '\0') return {};
      word += header[++i];
    } else if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else {
      word += c;
    }
  }
  if (quote != '\0') return {};
  if (in_word) words.push_back(std::move(word));
  return words;
}

}  // namespace wsdeep::aws
