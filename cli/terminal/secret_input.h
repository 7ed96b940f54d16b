#pragma once

#include <functional>
#include <string>

#include "terminal/context.h"

namespace wsdeep {

/// The next line of standard input, at most `most` bytes, without its end. Throws Error{kUsage} that names `what` when
/// it is empty, too long or not there.
std::string read_secret_line(const std::string& what, std::size_t most = 4096);

/// A password from where the manners allow it: stdin (one line, when `from_stdin`), WSDEEP_PASSWORD, or the prompt.
std::string read_password(const Context& context, bool from_stdin, const std::string& prompt);

/// As read_password, for a password that is set, not checked: at the prompt it is asked twice. Throws Error{kUsage}
/// when the two differ. `check` may refuse it, at the prompt before it is asked for again.
std::string read_new_password(const Context& context, bool from_stdin, const std::string& prompt,
                              const std::function<void(const std::string&)>& check);
/// Asks twice; Error{kUsage} when the answers differ.
std::string ask_password_twice(const Console& console, const std::string& prompt, const std::string& instead,
                               const std::function<void(const std::string&)>& check);

}  // namespace wsdeep
