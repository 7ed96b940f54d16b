#include <fmt/format.h>

#include "base/error.h"
#include "commands/commands.h"
#include "commands/lab/commands.h"
#include "users/sign_in.h"

namespace wsdeep::commands {

void add_lab(const Command& app, Context& context) {
  const Command lab = app.add_subcommand("lab", "Terminals of the lab: shells on the server's side");
  lab.require_subcommand();
  add_lab_new(lab, context);
  add_lab_list(lab, context);
  add_lab_connect(lab, context);
  add_lab_run(lab, context);
  add_lab_end(lab, context);
  add_lab_serve(lab, context);
}

void add_lab_target(const Command& command, LabTargetOptions& options) {
  command.add_option("--user", options.user, "whose sign-in to use; without it the one used last");
  command
      .add_option("--lab-url", options.lab_url, "HTTP address of the lab's server, where the system does not tell it")
      .envname("WSDEEP_LAB_URL");
  add_target_options(command, options.target);
}

void add_lab_session(const Command& command, std::string& session_id) {
  command.add_option("session", session_id, "session, as 'lab new' and 'lab list' tell it")
      .required()
      .check([](const std::string& id) {
        return session::is_lab_session_id(id) ? "" : "expected the id of a session: letters, digits, - and _";
      });
}

bool knows_lab(const LabTargetOptions& options, const users::Target& target) {
  return !options.lab_url.empty() || !target.lab_url.empty();
}

session::LabApi lab_api(const LabTargetOptions& options, const users::Target& target, Context& context) {
  const std::string& given = options.lab_url.empty() ? target.lab_url : options.lab_url;
  if (given.empty())
    throw Error(ErrorKind::kUsage, target.local ? "the local system has no lab" : "this system tells of no lab",
                target.local ? "start it with: wsdeep local up --lab"
                             : "add `lab:` to its settings and deploy it, or name the lab's address with --lab-url");
  const std::string url = given.ends_with('/') ? given.substr(0, given.size() - 1) : given;
  return {url, target.ca_file, users::current_login(target, context, options.user).id_token};
}

}  // namespace wsdeep::commands
