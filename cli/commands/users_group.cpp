#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "commands/cognito_errors.h"
#include "commands/users_commands.h"

namespace wsdeep::commands {
namespace {

struct GroupOptions {
  TargetOptions target;
  std::string group;
  std::string description;
  std::vector<std::string> usernames;
};

int run_group_create(const GroupOptions& options, Context& context) {
  const Target target = resolve_pool(options.target, context);
  CognitoAccess access(target, context);
  explained(fmt::format("cannot create group '{}'", options.group), "",
            [&] { access.cognito.create_group(target.user_pool_id, options.group, options.description); });
  context.console.err(fmt::format("created group {}\n", options.group));
  return 0;
}

int run_group_list(const GroupOptions& options, Context& context) {
  const Target target = resolve_pool(options.target, context);
  CognitoAccess access(target, context);
  constexpr int kPage = 60;
  std::string page;
  do {
    const aws::GroupPage groups = explained(
        "cannot list the groups", "", [&] { return access.cognito.list_groups(target.user_pool_id, kPage, page); });
    for (const std::string& name : groups.names) context.console.out(name + "\n");
    page = groups.next;
  } while (!page.empty());
  return 0;
}

int run_group_add(const GroupOptions& options, Context& context) {
  const Target target = resolve_pool(options.target, context);
  CognitoAccess access(target, context);
  change_users(options.usernames, fmt::format("add to {}:", options.group), fmt::format("added to {}:", options.group),
               context, [&](const std::string& username) {
                 access.cognito.admin_add_user_to_group(target.user_pool_id, username, options.group);
               });
  return 0;
}

int run_group_remove(const GroupOptions& options, Context& context) {
  const Target target = resolve_pool(options.target, context);
  CognitoAccess access(target, context);
  change_users(options.usernames, fmt::format("remove from {}:", options.group),
               fmt::format("removed from {}:", options.group), context, [&](const std::string& username) {
                 access.cognito.admin_remove_user_from_group(target.user_pool_id, username, options.group);
               });
  return 0;
}

using Run = int (*)(const GroupOptions&, Context&);

void set_run(CLI::App& command, const std::shared_ptr<GroupOptions>& options, Context& context, Run run) {
  add_target_options(command, options->target);
  command.callback(
      [options, &context, run] { context.run = [options, &context, run] { return run(*options, context); }; });
}

void add_membership(CLI::App& group, Context& context, const char* name, const char* text, Run run) {
  auto options = std::make_shared<GroupOptions>();
  CLI::App* command = group.add_subcommand(name, text);
  command->add_option("group", options->group, "group")->required();
  command->add_option("names", options->usernames, "user names")->required();
  set_run(*command, options, context, run);
}

}  // namespace

void add_users_group(CLI::App& users, Context& context) {
  CLI::App* group = users.add_subcommand("group", "Manage groups and who is in them");
  group->require_subcommand(1);
  auto create = std::make_shared<GroupOptions>();
  CLI::App* command = group->add_subcommand("create", "Create a group");
  command->add_option("group", create->group, "group")->required();
  command->add_option("--description", create->description, "what it is for");
  set_run(*command, create, context, run_group_create);
  set_run(*group->add_subcommand("list", "List the groups of the pool"), std::make_shared<GroupOptions>(), context,
          run_group_list);
  add_membership(*group, context, "add", "Add users to a group", run_group_add);
  add_membership(*group, context, "remove", "Remove users from a group", run_group_remove);
}

}  // namespace wsdeep::commands
