#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "commands/command.h"
#include "commands/users/commands.h"
#include "users/cognito_errors.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

using nlohmann::json;

constexpr int kPage = 60;  // Cognito's largest

struct ListOptions {
  TargetOptions target;
  std::string filter;
  std::string status;
  std::string group;
  std::uint64_t limit = 0;
  std::string output = "text";
};

constexpr const char* kHeader = "USER                     STATUS                   SIGN-IN   E-MAIL\n";

json json_of(const aws::CognitoUser& user) {
  return {{"username", user.username},
          {"status", user.status},
          {"enabled", user.enabled},
          {"attributes", user.attributes},
          {"createdAt", iso8601(from_epoch_ms(static_cast<std::int64_t>(user.created * 1000)))}};
}

std::string row_of(const aws::CognitoUser& user) {
  const auto email = user.attributes.find("email");
  return fmt::format("{:<24} {:<24} {:<9} {}\n", printable(user.username), printable(user.status),
                     user.enabled ? "enabled" : "disabled",
                     email == user.attributes.end() ? "-" : printable(email->second));
}

/// Prints users as they come, so that a pool of any size takes the memory of one page; nothing before the first page is
/// there.
class UserPrinter {
 public:
  UserPrinter(const Console& console, bool as_json) : console_(console), json_(as_json) {}
  void print(const aws::CognitoUser& user) {
    if (json_)
      console_.out((count_ == 0 ? "[\n" : ",\n") + wire::indented_json(json_of(user)));
    else
      console_.out((count_ == 0 ? kHeader : "") + row_of(user));
    ++count_;
  }
  void finish() const {
    if (json_) return console_.out(count_ == 0 ? "[]\n" : "\n]\n");
    if (count_ == 0) console_.out(kHeader);
    console_.err(users::count_of_users(count_) + "\n");
  }
  std::uint64_t count() const { return count_; }

 private:
  const Console& console_;
  bool json_;
  std::uint64_t count_ = 0;
};

int run_list(const ListOptions& options, Context& context) {
  const users::Target target = resolve_pool(options.target, context);
  users::CognitoAccess access(target, context);
  const auto read_page = [&](const std::string& page) {
    return users::explained("cannot list the users", "", [&] {
      return options.group.empty()
                 ? access.cognito.list_users(target.user_pool_id, options.filter, kPage, page)
                 : access.cognito.list_users_in_group(target.user_pool_id, options.group, kPage, page);
    });
  };
  UserPrinter printer(context.console, options.output == "json");
  users::for_each_user(read_page, [&](const aws::CognitoUser& user) {
    if (options.status.empty() || iequals(options.status, user.status)) printer.print(user);
    return options.limit == 0 || printer.count() < options.limit;
  });
  printer.finish();
  return 0;
}

struct ShowOptions {
  TargetOptions target;
  std::string username;
  std::string output = "text";
};

std::vector<std::string> groups_of(aws::Cognito& cognito, const users::Target& target, const std::string& username) {
  std::vector<std::string> names;
  users::PageWatch watch;
  std::string page;
  do {
    const aws::GroupPage groups = cognito.admin_list_groups_for_user(target.user_pool_id, username, kPage, page);
    for (const aws::CognitoGroup& group : groups.groups) names.push_back(group.name);
    page = watch.next(groups.next);
  } while (!page.empty());
  return names;
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

int run_show(const ShowOptions& options, Context& context) {
  const users::Target target = resolve_pool(options.target, context);
  users::CognitoAccess access(target, context);
  const std::string operation = fmt::format("cannot show '{}'", options.username);
  users::explained(operation, options.username, [&] {
    const aws::CognitoUser user = access.cognito.admin_get_user(target.user_pool_id, options.username);
    const std::vector<std::string> groups = groups_of(access.cognito, target, options.username);
    json document = json_of(user);
    document["groups"] = groups;
    context.console.out(options.output == "json" ? wire::indented_json(document) + "\n" : text_of(user, groups));
  });
  return 0;
}

void add_show(const Command& users, Context& context) {
  auto options = std::make_shared<ShowOptions>();
  const Command command = users.add_subcommand("show", "Show one user");
  command.add_option("name", options->username, "user name").required();
  command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_show(*options, context); });
}

}  // namespace

void add_users_list(const Command& users, Context& context) {
  auto options = std::make_shared<ListOptions>();
  const Command command = users.add_subcommand("list", "List users");
  const Option filter = command.add_option("--filter", options->filter, "Cognito filter, such as: email ^= \"a\"");
  command.add_option("--status", options->status, "only users with it")
      .one_of_any_case(
          {"UNCONFIRMED", "CONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED", "EXTERNAL_PROVIDER", "UNKNOWN"});
  command.add_option("--group", options->group, "only the members of this group").excludes(filter);
  command.add_option("--limit", options->limit, "stop after so many users").range(1, 1000000000);
  command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  command.footer("Example:\n  wsdeep users list --filter 'email ^= \"test\"' --output json");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_list(*options, context); });
  add_show(users, context);
}

}  // namespace wsdeep::commands
