#include <fmt/format.h>

#include "base/utf8.h"
#include "local/api/fault.h"
#include "local/cognito/operations.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

using wire::JsonObject;

std::string group_json(const CognitoContext& context, const Group& group) {
  JsonObject json;
  json.add("GroupName", group.name).add("UserPoolId", context.pool->id);
  if (!group.description.empty()) json.add("Description", group.description);
  if (!group.role_arn.empty()) json.add("RoleArn", group.role_arn);
  if (group.precedence) json.add("Precedence", *group.precedence);
  return json.add("LastModifiedDate", seconds_of(group.modified_ms))
      .add("CreationDate", seconds_of(group.created_ms))
      .text();
}

Group require_group(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  auto group = context.groups.find(request.text("GroupName"));
  if (!group) throw ApiFault("ResourceNotFoundException", "Group not found.");
  return *std::move(group);
}

std::string answer_groups(CognitoContext& context, const JsonRequest& request, const std::string& username) {
  const int limit = read_page_limit(request);
  std::vector<Group> groups = context.groups.list(username, read_page_start(request, "NextToken"), limit + 1);
  const bool more = cut_page(groups, limit);
  std::vector<std::string> list;
  for (const Group& group : groups) list.push_back(group_json(context, group));
  JsonObject answer;
  answer.add_json("Groups", wire::json_list(list));
  if (more) answer.add("NextToken", page_token(groups.back().name));
  return answer.text();
}

}  // namespace

std::string create_group(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  Group group;
  group.name = request.text("GroupName");
  if (group.name.empty() || utf8_length(group.name) > 128 || group.name.find_first_of(" \t\r\n") != std::string::npos)
    throw ApiFault(
        kInvalidParameter,
        "1 validation error detected: Value at 'groupName' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+ and have length between 1 and 128");
  group.description = request.text_or("Description", "");
  group.role_arn = request.text_or("RoleArn", "");
  group.precedence = request.integer("Precedence");
  if (group.precedence && *group.precedence < 0)
    throw ApiFault(kInvalidParameter,
                   "1 validation error detected: Value at 'precedence' failed to satisfy constraint: Member must "
                   "have value greater than or equal to 0");
  group.created_ms = group.modified_ms = context.now_ms();
  if (context.groups.find(group.name)) throw ApiFault("GroupExistsException", "A group with the name already exists.");
  context.groups.insert(group);
  return JsonObject().add_json("Group", group_json(context, group)).text();
}

std::string get_group(CognitoContext& context, const JsonRequest& request) {
  return JsonObject().add_json("Group", group_json(context, require_group(context, request))).text();
}

std::string delete_group(CognitoContext& context, const JsonRequest& request) {
  context.groups.remove(require_group(context, request).name);
  return "{}";
}

std::string list_groups(CognitoContext& context, const JsonRequest& request) {
  require_pool(context, request);
  return answer_groups(context, request, "");
}

std::string admin_list_groups_for_user(CognitoContext& context, const JsonRequest& request) {
  return answer_groups(context, request, require_user(context, request).username);
}

std::string list_users_in_group(CognitoContext& context, const JsonRequest& request) {
  const Group group = require_group(context, request);
  const int limit = read_page_limit(request);
  std::vector<std::string> names = context.groups.members(group.name, read_page_start(request, "NextToken"), limit + 1);
  const bool more = cut_page(names, limit);
  std::vector<std::string> list;
  for (const std::string& name : names)
    if (const auto user = context.users.find(name)) list.push_back(user_json(*user, "Attributes"));
  JsonObject answer;
  answer.add_json("Users", wire::json_list(list));
  if (more) answer.add("NextToken", page_token(names.back()));
  return answer.text();
}

std::string admin_add_user_to_group(CognitoContext& context, const JsonRequest& request) {
  const User user = require_user(context, request);
  context.groups.add_member(require_group(context, request).name, user.username);
  return "{}";
}

std::string admin_remove_user_from_group(CognitoContext& context, const JsonRequest& request) {
  const User user = require_user(context, request);
  context.groups.remove_member(require_group(context, request).name, user.username);
  return "{}";
}

}  // namespace wsdeep::local
