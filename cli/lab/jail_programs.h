#pragma once

#include <sys/types.h>

#include <string>

#include "base/descriptor.h"
#include "lab/jail_options.h"

namespace wsdeep::lab {

struct TerminalSize {
  int cols = 80;
  int rows = 24;
};

/// A pseudo-terminal of the session's own /dev/pts.
struct Terminal {
  OwnedDescriptor master;
  OwnedDescriptor slave;
};
Terminal open_terminal(TerminalSize size);

/// The wanted shell where the image has it, else /bin/sh; throws Error{kFailure} when it has neither.
std::string shell_of(const JailOptions& options);
/// The session's shell, as its leader, with the terminal as its own.
pid_t start_shell_on(const Terminal& terminal, const std::string& shell);
/// A command that stands beside the shell: output and errors go to `output`, input is empty. It begins where the last
/// one ended or, at first, in the shell's folder. Minus 1 when there is no process left for it.
pid_t start_command(const std::string& command, int output, pid_t shell);

}  // namespace wsdeep::lab
