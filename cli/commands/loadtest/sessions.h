#pragma once

#include <memory>
#include <string>
#include <vector>

#include "commands/command.h"
#include "commands/target.h"
#include "load/drive/session_users.h"
#include "session/loop_link.h"
#include "terminal/context.h"
#include "users/target.h"

namespace wsdeep::commands {

/// Where a load test opens its sessions, and as whom.
struct SessionOptions {
  TargetOptions target;
  std::string user;
  std::string tokens;
};

/// `--tokens` and `--user`; the target has its own.
void add_user_options(const Command& command, SessionOptions& options);

/// The target's stage.
session::Endpoint stage_endpoint(const users::Target& target);
/// Those of the tokens file, or the saved sign-in for all sessions. The target and the context outlive them. Throws as
/// load::TokenUsers and load::SavedUser do.
std::unique_ptr<load::SessionUsers> session_users(const SessionOptions& options, const users::Target& target,
                                                  Context& context);
/// The stage's URL where the local system or an environment's outputs name it: a target that is the user's own.
std::vector<std::string> own_stages(const users::Target& target);

}  // namespace wsdeep::commands
