#include "commands/loadtest/sessions.h"

#include "load/drive/token_users.h"
#include "load/plan/worker_share.h"
#include "load/shard/worker_role.h"

namespace wsdeep::commands {

void add_user_options(const Command& command, SessionOptions& options) {
  const Option tokens = command.add_option(
      "--tokens", options.tokens, "file of `wsdeep users tokens`: the sessions are its users, one after another");
  command
      .add_option("--user", options.user,
                  "all sessions are this user, whose sign-in is saved; without it the one used last")
      .excludes(tokens);
}

session::Endpoint stage_endpoint(const users::Target& target) {
  session::Endpoint endpoint;
  endpoint.url = users::stage_url(target);
  endpoint.ca_file = target.ca_file;
  return endpoint;
}

namespace {

/// All of them, unless this is a worker.
load::WorkerShare share_here(const Context& context) {
  const auto role = load::worker_role(context.env);
  return role ? role->share : load::WorkerShare();
}

}  // namespace

std::unique_ptr<load::SessionUsers> session_users(const SessionOptions& options, const users::Target& target,
                                                  Context& context) {
  if (!options.tokens.empty())
    return std::make_unique<load::TokenUsers>(target, context, options.tokens, share_here(context));
  return std::make_unique<load::SavedUser>(target, context, options.user);
}

std::vector<std::string> own_stages(const users::Target& target) {
  if (!target.local && target.environment.empty()) return {};
  return {target.url};
}

}  // namespace wsdeep::commands
