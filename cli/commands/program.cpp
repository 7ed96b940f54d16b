#include "commands/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <climits>
#include <csignal>

#include "base/display.h"
#include "base/error.h"
#include "base/printable.h"
#include "commands/usage.h"

namespace wsdeep::commands {
namespace {

/// What a shell makes of a program that SIGPIPE ended.
constexpr int kReaderGone = 128 + SIGPIPE;

/// Passwords and tokens are in our memory, and in that of what we start.
void forbid_core_files() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

std::string own_path() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "wsdeep";
}

/// A file that we open must not become what we read as input or write as output, because that was closed.
void open_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free descriptor is this one. Input ends at once; writing fails, as it does on a closed descriptor.
    const int null = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (null != fd) ::_exit(1);
  }
}

int report(std::string_view name, const Context& context, const std::string& given_message,
           const std::string& given_hint) {
  // Names and causes come from files and servers: none may write to the terminal what we did not.
  const std::string message = printable_lines(given_message);
  const std::string hint = printable_lines(with_target_flags(given_hint, context.target_flags));
  // What has lines of its own, such as a diagnostic with a caret, stays as it is.
  const bool fits = !context.console.stderr_is_terminal() || message.find('\n') != std::string::npos;
  const std::size_t columns = fits ? 0 : static_cast<std::size_t>(context.console.columns());
  std::string text = wrap(fmt::format("{}: error: {}", name, message), columns, 0);
  text.replace(text.find("error:"), 6, context.console.style_err("31", "error:"));
  context.console.err(text + "\n");
  if (!hint.empty()) context.console.err(wrap(hint, columns, 0) + "\n");
  return 0;
}

}  // namespace

int run_program(const char* name, int argc, const char* const* argv, const RunCommandLine& run) {
  // A reader that went away is an error of a write, not a reason to die without a word.
  std::signal(SIGPIPE, SIG_IGN);
  // And so is a file that may not grow (RLIMIT_FSIZE).
  std::signal(SIGXFSZ, SIG_IGN);
  open_standard_descriptors();
  forbid_core_files();
  Context context;
  context.program = own_path();
  context.arguments.assign(argv + 1, argv + argc);
  try {
    return run(argc, argv, context);
  } catch (const ReaderGone&) {
    return kReaderGone;
  } catch (const Error& error) {
    report(name, context, error.what(), error.hint());
    return exit_code(error.kind());
  } catch (const std::exception& error) {
    report(name, context, fmt::format("internal fault: {}", error.what()), "this is a bug in wsdeep: please report it");
    return exit_code(ErrorKind::kFailure);
  }
}

}  // namespace wsdeep::commands
