#pragma once

#include <string>

#include "base/descriptor.h"
#include "lab/jail_options.h"

namespace wsdeep::lab {

/// How the first process of a session and the server talk, by packets (lab/packets.h). From here: `ready` with the
/// terminal's master, or `failed TEXT`; `done ID STATUS` for each command. From the server: `run ID COMMAND` with
/// where its output goes, `kill ID`.
struct JailStart {
  OwnedDescriptor control;  ///< its end here
  OwnedDescriptor go;       ///< a byte comes when the keeper has mapped the user and set the limits
  std::string image;
  int cols = 80;
  int rows = 24;
};

/// Process 1 of a session, in namespaces of its own: shuts itself in, starts the shell on a new terminal, runs commands
/// beside it, and buries whoever dies. With it all processes of the session end. Never returns.
[[noreturn]] void run_jail(const JailOptions& options, JailStart start);

}  // namespace wsdeep::lab
