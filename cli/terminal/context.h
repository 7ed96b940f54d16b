#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/env.h"
#include "base/files.h"
#include "terminal/console.h"

namespace CLI {
class App;
}

namespace wsdeep::commands {

/// What every command works with. A command's options are parsed first; then `run` holds what is to be done.
struct Context {
  Console console;
  Env env = Env::of_process();
  DiskFiles files;
  SystemClock clock;
  std::string program;       ///< absolute path of this executable
  std::function<int()> run;  ///< set by the command that was parsed; its exit code
  std::string target_flags;  ///< with which another command reaches the same system: ` -e dev`

  /// `$XDG_STATE_HOME/wsdeep`, by default `~/.local/state/wsdeep`: saved logins, chat history, the local system.
  std::filesystem::path state_folder() const;
};

/// The whole command tree on `app`; the one source of usage texts, man page and completions.
void add_all_commands(CLI::App& app, Context& context);

void add_init(CLI::App& app, Context& context);
void add_render(CLI::App& app, Context& context);
void add_validate(CLI::App& app, Context& context);
void add_package(CLI::App& app, Context& context);
void add_chat(CLI::App& app, Context& context);
void add_connect(CLI::App& app, Context& context);
void add_login(CLI::App& app, Context& context);
void add_token(CLI::App& app, Context& context);
void add_auth(CLI::App& app, Context& context);
void add_users(CLI::App& app, Context& context);
void add_llm(CLI::App& app, Context& context);
void add_local(CLI::App& app, Context& context);
void add_deploy(CLI::App& app, Context& context);
void add_outputs(CLI::App& app, Context& context);
void add_diff(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_logs(CLI::App& app, Context& context);
void add_destroy(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);

}  // namespace wsdeep::commands
