#include "commands/secret_input.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace wsdeep::commands {
namespace {

constexpr std::size_t kMaxLine = 4096;
constexpr std::size_t kMaxPasswordBytes = 256;  // Cognito's own limit

}  // namespace

std::string read_secret_line(const std::string& what) {
  std::string line;
  // Byte by byte: the rest of the input is somebody else's, perhaps the next secret.
  for (char c = 0;;) {
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || c == '\n') break;
    if (line.size() == kMaxLine)
      throw Error(ErrorKind::kUsage, fmt::format("{} on stdin is longer than {} bytes", what, kMaxLine));
    line += c;
  }
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) throw Error(ErrorKind::kUsage, fmt::format("{} on stdin is empty", what));
  return line;
}

std::string read_password(const Context& context, bool from_stdin, const std::string& prompt) {
  std::string password;
  if (from_stdin) {
    password = read_secret_line("the password");
  } else if (const auto value = context.env.get("WSDEEP_PASSWORD")) {
    password = *value;
  } else {
    password = context.console.ask_secret(prompt, "--password-stdin or WSDEEP_PASSWORD");
  }
  if (password.empty()) throw Error(ErrorKind::kUsage, "the password is empty");
  if (password.size() > kMaxPasswordBytes)
    throw Error(ErrorKind::kUsage, fmt::format("the password is longer than {} bytes", kMaxPasswordBytes));
  return password;
}

}  // namespace wsdeep::commands
