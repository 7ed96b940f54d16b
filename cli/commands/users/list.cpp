#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "commands/command.h"
#include "commands/users/commands.h"
#include "commands/users/user_json.h"
#include "users/cognito_errors.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

struct ListOptions {
  TargetOptions target;
  std::string filter;
  std::string status;
  std::string group;
  std::uint64_t limit = 0;
  std::string output = "text";
};

int run_list(const ListOptions& options, Context& context);

}  // namespace

void add_users_list(const Command& users, Context& context) {
  auto options = std::make_shared<ListOptions>();
  const Command command = users.add_subcommand("list", "List users");
  const Option filter = command.add_option("--filter", options->filter, "Cognito filter, such as: email ^= \"a\"");
  command.add_option("--status", options->status, "only users with it").one_of_any_case(aws::user_statuses());
  command.add_option("--group", options->group, "only the members of this group").excludes(filter);
  command.add_option("--limit", options->limit, "stop after so many users").range(1, 1000000000);
  command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  command.footer("Example:\n  wsdeep users list --filter 'email ^= \"test\"' --output json");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_list(*options, context); });
}

namespace {

constexpr const char* kHeader = "USER                     STATUS                   SIGN-IN   E-MAIL\n";

std::string row_of(const aws::CognitoUser& user);

/// Prints users as they come, so that a pool of any size takes the memory of one page; nothing before the first page is
/// there.
class UserPrinter {
 public:
  UserPrinter(const Console& console, bool as_json) : console_(console), json_(as_json) {}
  void print(const aws::CognitoUser& user) {
    if (json_)
      console_.out((count_ == 0 ? "[\n" : ",\n") + wire::indented_json(user_json(user)));
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
                 ? access.cognito.list_users(target.user_pool_id, options.filter, users::kPage, page)
                 : access.cognito.list_users_in_group(target.user_pool_id, options.group, users::kPage, page);
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

std::string row_of(const aws::CognitoUser& user) {
  const auto email = user.attributes.find("email");
  return fmt::format("{:<24} {:<24} {:<9} {}\n", printable(user.username), printable(user.status),
                     user.enabled ? "enabled" : "disabled",
                     email == user.attributes.end() ? "-" : printable(email->second));
}

}  // namespace

}  // namespace wsdeep::commands
