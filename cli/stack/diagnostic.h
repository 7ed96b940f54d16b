#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wsdeep::stack {

/// A place in a text. Both count from 1; the column counts code points. Line 0: the file as a whole.
struct Position {
  std::size_t line = 0;
  std::size_t column = 0;

  auto operator<=>(const Position&) const = default;
};

enum class Severity { kError, kWarning, kNote };

/// Something to say about a place in a file. `message` is lower-case, says what is wrong and, when something is near,
/// what was meant; `hint` says what to do, or is empty.
struct Diagnostic {
  Severity severity = Severity::kError;
  std::string file;
  Position at;
  std::string message;
  std::string hint;
  std::string source_line;  ///< the line that `at` points into; empty when it must not be shown

  bool operator==(const Diagnostic&) const = default;
};

/// SGR sequences ("1;31") for a terminal; empty ones leave the text as it is.
struct DiagnosticStyle {
  std::string place;
  std::string error;
  std::string warning;
  std::string caret;
};

/// `file:line:column: message`, the source line, a caret under the place, and the hint. Ends with a newline. Warnings
/// and notes say so. Control characters of the source are dropped; a long line is cut around the caret.
std::string render(const Diagnostic& diagnostic, const DiagnosticStyle& style = {});
/// All of them, in the order of the file, errors and warnings together.
std::string render(std::vector<Diagnostic> diagnostics, const DiagnosticStyle& style = {});

bool has_errors(const std::vector<Diagnostic>& diagnostics);

/// Line `number` (from 1) of `text` without its line end; empty when there is none.
std::string line_of(std::string_view text, std::size_t number);

/// `value` in quotes, cut when it is long.
std::string quote_value(std::string_view value);

/// ", did you mean 'x'?" for the candidate that `word` most likely meant, else nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace wsdeep::stack
