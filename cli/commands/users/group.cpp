#include <fmt/format.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/printable.h"
#include "commands/command.h"
#include "commands/users/commands.h"
#include "users/change_many.h"
#include "users/cognito_errors.h"
#include "users/pages.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

struct GroupOptions {
  TargetOptions target;
  std::string group;
  std::string description;
  std::vector<std::string> usernames;
  std::string output = "text";

  bool wants_json() const { return output == "json"; }
};

using Run = int (*)(const GroupOptions&, Context&);

int run_group_create(const GroupOptions& options, Context& context);
int run_group_list(const GroupOptions& options, Context& context);
int run_group_add(const GroupOptions& options, Context& context);
int run_group_remove(const GroupOptions& options, Context& context);
void set_run(const Command& command, const std::shared_ptr<GroupOptions>& options, Context& context, Run run);

void add_membership(const Command& group, Context& context, const char* name, const char* text, Run run) {
  auto options = std::make_shared<GroupOptions>();
  const Command command = group.add_subcommand(name, text);
  command.add_option("group", options->group, "group").required();
  command.add_option("names", options->usernames, "user names").required();
  set_run(command, options, context, run);
}

}  // namespace

void add_users_group(const Command& users, Context& context) {
  const Command group = users.add_subcommand("group", "Manage groups and who is in them");
  group.require_subcommand();
  auto create = std::make_shared<GroupOptions>();
  const Command command = group.add_subcommand("create", "Create a group");
  command.add_option("group", create->group, "group").required();
  command.add_option("--description", create->description, "what it is for");
  set_run(command, create, context, run_group_create);
  set_run(group.add_subcommand("list", "List the groups of the pool"), std::make_shared<GroupOptions>(), context,
          run_group_list);
  add_membership(group, context, "add", "Add users to a group", run_group_add);
  add_membership(group, context, "remove", "Remove users from a group", run_group_remove);
}

namespace {

using nlohmann::json;

json json_of(const aws::CognitoGroup& group);
int change_members(const GroupOptions& options, Context& context, const std::string& verb, const std::string& done,
                   const std::function<void(aws::Cognito&, const std::string& pool, const std::string& user)>& change);

int run_group_create(const GroupOptions& options, Context& context) {
  const users::Target target = resolve_pool(options.target, context);
  users::CognitoAccess access(target, context);
  users::explained(fmt::format("cannot create group '{}'", options.group), "",
                   [&] { access.cognito.create_group(target.user_pool_id, options.group, options.description); });
  context.console.err(fmt::format("created group {}\n", printable(options.group)));
  if (options.wants_json())
    context.console.out(wire::indented_json(json_of({options.group, options.description})) + "\n");
  return 0;
}

int run_group_list(const GroupOptions& options, Context& context) {
  const users::Target target = resolve_pool(options.target, context);
  users::CognitoAccess access(target, context);
  const auto groups = users::explained("cannot list the groups", "",
                                       [&] { return users::all_groups(access.cognito, target.user_pool_id); });
  json list = json::array();
  std::string names;
  for (const aws::CognitoGroup& group : groups) {
    list.push_back(json_of(group));
    names += printable(group.name) + "\n";
  }
  context.console.out(options.wants_json() ? wire::indented_json(list) + "\n" : names);
  return 0;
}

int run_group_add(const GroupOptions& options, Context& context) {
  return change_members(options, context, "add", "added",
                        [&](aws::Cognito& cognito, const std::string& pool, const std::string& user) {
                          cognito.admin_add_user_to_group(pool, user, options.group);
                        });
}

int run_group_remove(const GroupOptions& options, Context& context) {
  return change_members(options, context, "remove", "removed",
                        [&](aws::Cognito& cognito, const std::string& pool, const std::string& user) {
                          cognito.admin_remove_user_from_group(pool, user, options.group);
                        });
}

json json_of(const aws::CognitoGroup& group) {
  return {{"name", group.name}, {"description", group.description}};
}

/// Changes the membership of each user; `done` such as "added" is also the member of the JSON that names who was
/// changed.
int change_members(const GroupOptions& options, Context& context, const std::string& verb, const std::string& done,
                   const std::function<void(aws::Cognito&, const std::string& pool, const std::string& user)>& change) {
  const users::Target target = resolve_pool(options.target, context);
  users::CognitoAccess access(target, context);
  json answer = {{"group", options.group}, {done, json::array()}, {"failed", json::array()}};
  const auto change_one = [&](const std::string& username) {
    try {
      change(access.cognito, target.user_pool_id, username);
      answer[done].push_back(username);
    } catch (const Error&) {
      answer["failed"].push_back(username);
      throw;
    }
  };
  const auto print = [&] {
    if (options.wants_json()) context.console.out(wire::indented_json(answer) + "\n");
  };
  const std::string preposition = done == "added" ? "to" : "from";
  try {
    users::change_users(options.usernames, fmt::format("{} {} {}:", verb, preposition, options.group),
                        fmt::format("{} {} {}:", done, preposition, options.group), context, change_one);
  } catch (const Error&) {
    print();  // what was done is done
    throw;
  }
  print();
  return 0;
}

void set_run(const Command& command, const std::shared_ptr<GroupOptions>& options, Context& context, Run run) {
  command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  add_target_options(command, options->target);
  command.runs([options, &context, run] { return run(*options, context); });
}

}  // namespace

}  // namespace wsdeep::commands
