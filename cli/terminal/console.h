#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "terminal/live_output.h"

namespace wsdeep {

/// Whoever read our standard output has read enough, as `head` does: no fault, and nothing to say.
class ReaderGone : public Error {
 public:
  ReaderGone() : Error(ErrorKind::kFailure, "nobody reads standard output any more") {}
};

/// What standard input, output and error are, and how to write for a person on them.
class Console final : public LiveOutput {
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

  /// Standard error: a terminal that knows cursor movements (`TERM` is set, and not `dumb`).
  bool is_live() const override { return stderr_terminal_ && !dumb_; }
  ScreenSize size() const override;
  bool in_foreground() const override;

  /// Takes away the row of standard output on which the cursor stands; on a dumb terminal, which cannot, begins
  /// another.
  std::string_view erase_row_out() const { return dumb_ ? "\n" : "\r\x1b[K"; }

  /// The answer: to stdout, whole, retried when interrupted; throws ReaderGone when nobody reads it any more, and
  /// Error{kFailure} when it cannot be written.
  void out(std::string_view text) const;
  /// Everything else: to stderr.
  void err(std::string_view text) const override;

  /// Asks on the terminal, without echo, which is turned on again whatever ends or stops the program. Throws
  /// Error{kUsage} naming `instead` when there is no terminal.
  std::string ask_secret(std::string_view prompt, std::string_view instead) const;
  /// Asks for one line on the terminal. Throws Error{kUsage} naming `instead` when there is no terminal.
  std::string ask(std::string_view prompt, std::string_view instead) const;

 private:
  void require_terminal(std::string_view instead) const;

  bool stdin_terminal_;
  bool stdout_terminal_;
  bool stderr_terminal_;
  bool dumb_;
  bool colour_allowed_;
};

}  // namespace wsdeep
