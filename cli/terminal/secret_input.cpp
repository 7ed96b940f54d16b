#include "terminal/secret_input.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/error.h"

namespace wsdeep {
namespace {

constexpr std::size_t kMaxPasswordBytes = 256;  // Cognito's own limit
constexpr const char* kInstead = "--password-stdin or WSDEEP_PASSWORD";

std::string require_password(std::string password) {
  if (password.empty()) throw Error(ErrorKind::kUsage, "the password is empty");
  if (password.size() > kMaxPasswordBytes)
    throw Error(ErrorKind::kUsage, fmt::format("the password is longer than {} bytes", kMaxPasswordBytes));
  return password;
}

/// From where nobody has to be asked.
std::optional<std::string> given_password(const Context& context, bool from_stdin) {
  return from_stdin ? read_secret_line("the password") : context.env.get("WSDEEP_PASSWORD");
}

}  // namespace

std::string read_secret_line(const std::string& what, std::size_t most) {
  std::string line;
  // Byte by byte: the rest of the input is somebody else's, perhaps the next secret.
  for (char c = 0;;) {
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || c == '\n') break;
    if (line.size() == most)
      throw Error(ErrorKind::kUsage, fmt::format("{} on stdin is longer than {} bytes", what, most));
    line += c;
  }
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) throw Error(ErrorKind::kUsage, fmt::format("{} on stdin is empty", what));
  return line;
}

std::string read_password(const Context& context, bool from_stdin, const std::string& prompt) {
  auto password = given_password(context, from_stdin);
  return require_password(password ? *std::move(password) : context.console.ask_secret(prompt, kInstead));
}

std::string read_new_password(const Context& context, bool from_stdin, const std::string& prompt,
                              const std::function<void(const std::string&)>& check) {
  auto given = given_password(context, from_stdin);
  if (!given) return ask_password_twice(context.console, prompt, kInstead, check);
  std::string password = require_password(*std::move(given));
  check(password);
  return password;
}

std::string ask_password_twice(const Console& console, const std::string& prompt, const std::string& instead,
                               const std::function<void(const std::string&)>& check) {
  std::string password = require_password(console.ask_secret(prompt, instead));
  check(password);
  if (console.ask_secret("The same again: ", instead) != password)
    throw Error(ErrorKind::kUsage, "the two passwords differ: nothing was changed");
  return password;
}

}  // namespace wsdeep
