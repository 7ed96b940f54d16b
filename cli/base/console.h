#pragma once

#include <string>
#include <string_view>

namespace wsdeep {

/// What standard input, output and error are, and how to write for a person on them.
class Console {
 public:
  /// Looks at the process's own descriptors and environment (`NO_COLOR`, `TERM=dumb`).
  Console();

  bool stdin_is_terminal() const { return stdin_terminal_; }
  bool stdout_is_terminal() const { return stdout_terminal_; }
  bool stderr_is_terminal() const { return stderr_terminal_; }
  /// Columns of the terminal; 80 when there is none.
  int columns() const;

  /// `text` inside an SGR sequence on a terminal with colour, and as it is elsewhere. `sgr` such as "1", "2", "31".
  std::string style_out(std::string_view sgr, std::string_view text) const;
  std::string style_err(std::string_view sgr, std::string_view text) const;

  /// The answer: to stdout, whole, retried when interrupted; throws Error{kFailure} when stdout is gone.
  void out(std::string_view text) const;
  /// Everything else: to stderr.
  void err(std::string_view text) const;

  /// Asks on the terminal, without echo. Throws Error{kUsage} naming `instead` when there is no terminal.
  std::string ask_secret(std::string_view prompt, std::string_view instead) const;
  /// Asks for one line on the terminal. Throws Error{kUsage} naming `instead` when there is no terminal.
  std::string ask(std::string_view prompt, std::string_view instead) const;

 private:
  bool stdin_terminal_;
  bool stdout_terminal_;
  bool stderr_terminal_;
  bool colour_allowed_;
};

}  // namespace wsdeep
