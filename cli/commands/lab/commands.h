#pragma once

#include <string>

#include "commands/target.h"
#include "session/lab_api.h"

/// The subcommands of `wsdeep lab`, and what they share.
namespace wsdeep::commands {

void add_lab_serve(const Command& lab, Context& context);
void add_lab_new(const Command& lab, Context& context);
void add_lab_list(const Command& lab, Context& context);
void add_lab_end(const Command& lab, Context& context);
void add_lab_connect(const Command& lab, Context& context);
void add_lab_run(const Command& lab, Context& context);

/// Whose lab, and where.
struct LabTargetOptions {
  TargetOptions target;
  std::string lab_url;
  std::string user;
};

/// Adds `--user`, `--lab-url` and where the system is.
void add_lab_target(const Command& command, LabTargetOptions& options);
/// Adds the session's id, which has to look like one.
void add_lab_session(const Command& command, std::string& session_id);

/// The lab's HTTP interface, with the user's sign-in. Throws Error{kUsage} when the system has no lab, Error{kRefused}
/// when nobody is signed in.
session::LabApi lab_api(const LabTargetOptions& options, const users::Target& target, Context& context);
/// Whether the lab's HTTP interface is known: the terminal itself does without.
bool knows_lab(const LabTargetOptions& options, const users::Target& target);

}  // namespace wsdeep::commands
