#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/env.h"
#include "base/files.h"
#include "terminal/console.h"

namespace wsdeep {

/// What every command works with.
struct Context {
  Console console;
  Env env = Env::of_process();
  DiskFiles files;
  SystemClock clock;
  std::string program;                   ///< absolute path of this executable
  std::vector<std::string> arguments{};  ///< those of the command line, after the program's name
  std::string target_flags;              ///< with which another command reaches the same system: ` -e dev`

  /// `$XDG_STATE_HOME/wsdeep`, by default `~/.local/state/wsdeep`: saved logins, chat history, the local system.
  std::filesystem::path state_folder() const;
};

}  // namespace wsdeep
