#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "base/text.h"
#include "commands/command.h"
#include "commands/users/commands.h"
#include "commands/users/user_json.h"
#include "users/cognito_errors.h"
#include "users/pages.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

struct ShowOptions {
  TargetOptions target;
  std::string username;
  std::string output = "text";
};

int run_show(const ShowOptions& options, Context& context);

}  // namespace

void add_users_show(const Command& users, Context& context) {
  auto options = std::make_shared<ShowOptions>();
  const Command command = users.add_subcommand("show", "Show one user");
  command.add_option("name", options->username, "user name").required();
  command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_show(*options, context); });
}

namespace {

std::string text_of(const aws::CognitoUser& user, const std::vector<std::string>& groups);

int run_show(const ShowOptions& options, Context& context) {
  const users::Target target = resolve_pool(options.target, context);
  users::CognitoAccess access(target, context);
  const std::string operation = fmt::format("cannot show '{}'", options.username);
  users::explained(operation, options.username, [&] {
    const aws::CognitoUser user = access.cognito.admin_get_user(target.user_pool_id, options.username);
    const std::vector<std::string> groups = users::groups_of(access.cognito, target.user_pool_id, options.username);
    nlohmann::json document = user_json(user);
    document["groups"] = groups;
    context.console.out(options.output == "json" ? wire::indented_json(document) + "\n" : text_of(user, groups));
  });
  return 0;
}

std::string text_of(const aws::CognitoUser& user, const std::vector<std::string>& groups) {
  const auto line = [](const std::string& name, const std::string& value) {
    return fmt::format("{:<24} {}\n", printable(name), printable(value));
  };
  std::string text = line("user", user.username) + line("status", user.status) +
                     line("sign-in", user.enabled ? "enabled" : "disabled") +
                     line("created", iso8601(from_epoch_ms(static_cast<std::int64_t>(user.created * 1000)))) +
                     line("groups", groups.empty() ? "-" : join(groups, ", "));
  for (const auto& [name, value] : user.attributes) text += line(name, value);
  return text;
}

}  // namespace

}  // namespace wsdeep::commands
