#include "stack/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/display.h"
#include "base/printable.h"
#include "base/suggest.h"
#include "base/utf8.h"

namespace wsdeep::stack {
namespace {

/// The columns of a source line that are shown.
constexpr std::size_t kShownColumns = 120;
constexpr std::size_t kMaxQuotedCharacters = 60;
/// A longer word is no misspelling of anything.
constexpr std::size_t kMaxSuggestedWord = 100;
/// A message quotes what it is about, which may be a whole hostile file.
constexpr std::size_t kMaxMessageCharacters = 500;

/// What goes before the caret: as wide as `before`, tabs kept, so that the caret stands under its character.
std::string pad_like(std::string_view before) {
  std::string pad;
  for (const char c : before)
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) pad += c == '\t' ? '\t' : ' ';
  return pad;
}

/// The line and the caret below it.
std::string show_line(const Diagnostic& diagnostic, const DiagnosticStyle& style) {
  std::string_view line = diagnostic.source_line;
  std::size_t column = diagnostic.at.column == 0 ? 0 : diagnostic.at.column - 1;
  std::string cut_mark;
  if (column > kShownColumns / 2 && utf8_length(line) > kShownColumns) {
    const std::size_t dropped = column - kShownColumns / 2;
    line.remove_prefix(byte_of(line, dropped));
    column -= dropped;
    cut_mark = "...";
  }
  const std::string_view shown = line.substr(0, byte_of(line, kShownColumns));
  const std::string_view before = shown.substr(0, byte_of(shown, column));
  return fmt::format("  {}{}\n  {}{}{}\n", cut_mark, strip_control(shown), pad_like(cut_mark), pad_like(before),
                     styled(style.caret, "^"));
}

std::string shorten(std::string_view text, std::size_t characters) {
  const std::string_view kept = text.substr(0, byte_of(text, characters));
  return strip_control(kept) + (kept.size() < text.size() ? "..." : "");
}

std::string severity_word(Severity severity, const DiagnosticStyle& style) {
  if (severity == Severity::kWarning) return styled(style.warning, "warning:") + " ";
  return severity == Severity::kNote ? "note: " : "";
}

/// Two neighbouring letters exchanged: the commonest typing error, which `closest` counts as two.
bool is_transposed(std::string_view word, std::string_view candidate) {
  if (word.size() != candidate.size()) return false;
  const auto [first, other] = std::mismatch(word.begin(), word.end(), candidate.begin());
  if (first == word.end() || first + 1 == word.end()) return false;
  return first[0] == other[1] && first[1] == other[0] && std::equal(first + 2, word.end(), other + 2);
}

std::string place_of(const Diagnostic& diagnostic) {
  if (diagnostic.at.line == 0) return diagnostic.file + ":";
  return fmt::format("{}:{}:{}:", diagnostic.file, diagnostic.at.line, diagnostic.at.column);
}

}  // namespace

std::string render(const Diagnostic& diagnostic, const DiagnosticStyle& style) {
  const bool error = diagnostic.severity == Severity::kError;
  std::string out =
      fmt::format("{} {}{}\n", styled(style.place, place_of(diagnostic)), severity_word(diagnostic.severity, style),
                  styled(error ? style.error : "", shorten(diagnostic.message, kMaxMessageCharacters)));
  if (!diagnostic.source_line.empty()) out += show_line(diagnostic, style);
  if (!diagnostic.hint.empty()) out += fmt::format("  {}\n", strip_control(diagnostic.hint));
  return out;
}

std::string render(std::vector<Diagnostic> diagnostics, const DiagnosticStyle& style) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return a.file != b.file ? a.file < b.file : a.at < b.at;
  });
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) out += render(diagnostic, style);
  return out;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::kError; });
}

std::string line_of(std::string_view text, std::size_t number) {
  for (std::size_t start = 0; number > 0 && start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (--number == 0) {
      std::string_view line = text.substr(start, end - start);
      if (line.ends_with('\r')) line.remove_suffix(1);
      return std::string(line);
    }
    start = end + 1;
  }
  return {};
}

std::string quote_value(std::string_view value) {
  return fmt::format("'{}'", shorten(value, kMaxQuotedCharacters));
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > kMaxSuggestedWord) return {};
  for (const std::string& candidate : candidates)
    if (is_transposed(word, candidate)) return fmt::format(", did you mean '{}'?", candidate);
  const auto near = closest(word, candidates);
  return near ? fmt::format(", did you mean '{}'?", *near) : "";
}

}  // namespace wsdeep::stack
