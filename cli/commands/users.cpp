#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "commands/sign_in.h"

namespace wsdeep::commands {
namespace {

/// 20 characters of every class that a password policy may ask for.
std::string generate_password() {
  constexpr std::string_view kClasses[] = {"ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz", "23456789",
                                           "!@#%^*-_=+?"};
  constexpr std::size_t kLength = 20;
  std::string password;
  while (password.size() < kLength) {
    const std::string_view choices = kClasses[password.size() % std::size(kClasses)];
    const auto byte = static_cast<unsigned char>(random_bytes(1)[0]);
    if (byte < 256 - 256 % choices.size()) password += choices[byte % choices.size()];
  }
  return password;
}

struct CreateOptions {
  TargetOptions target;
  std::string username;
  std::string email;
  bool password_stdin = false;
  bool generate = false;
};

int run_create(const CreateOptions& options, Context& context) {
  const Target target = resolve_target(options.target, context);
  const std::string password =
      options.generate ? generate_password() : read_password(context, options.password_stdin, "New password: ");
  CognitoAccess access(target, context);
  aws::CreateUser request{options.username, {}, {}, true};
  if (!options.email.empty()) request.attributes = {{"email", options.email}, {"email_verified", "true"}};
  const aws::CognitoUser user = access.cognito.admin_create_user(target.user_pool_id, request);
  try {
    access.cognito.admin_set_user_password(target.user_pool_id, user.username, password, true);
  } catch (const Error& error) {
    // Without its password the user is of no use, and in the way of the next try.
    access.cognito.admin_delete_user(target.user_pool_id, user.username);
    throw;
  }
  context.console.err(fmt::format("created {}\n", user.username));
  if (options.generate) context.console.out(password + "\n");
  return 0;
}

struct ListOptions {
  TargetOptions target;
  std::string filter;
  std::string output = "text";
};

nlohmann::json json_of(const aws::CognitoUser& user) {
  return {{"username", user.username},
          {"status", user.status},
          {"enabled", user.enabled},
          {"attributes", user.attributes},
          {"createdAt", iso8601(from_epoch_ms(static_cast<std::int64_t>(user.created * 1000)))}};
}

std::string row_of(const aws::CognitoUser& user) {
  const auto email = user.attributes.find("email");
  return fmt::format("{:<24} {:<24} {:<9} {}\n", user.username, user.status, user.enabled ? "enabled" : "disabled",
                     email == user.attributes.end() ? "-" : email->second);
}

int run_list(const ListOptions& options, Context& context) {
  const Target target = resolve_target(options.target, context);
  CognitoAccess access(target, context);
  nlohmann::json all = nlohmann::json::array();
  std::string page;
  std::size_t count = 0;
  if (options.output == "text")
    context.console.out(fmt::format("{:<24} {:<24} {:<9} {}\n", "USER", "STATUS", "SIGN-IN", "E-MAIL"));
  do {
    const aws::UserPage users = access.cognito.list_users(target.user_pool_id, options.filter, 60, page);
    for (const aws::CognitoUser& user : users.users) {
      ++count;
      if (options.output == "json")
        all.push_back(json_of(user));
      else
        context.console.out(row_of(user));
    }
    page = users.next;
  } while (!page.empty());
  if (options.output == "json") context.console.out(all.dump(2) + "\n");
  if (options.output == "text") context.console.err(fmt::format("{} user{}\n", count, count == 1 ? "" : "s"));
  return 0;
}

struct DeleteOptions {
  TargetOptions target;
  std::vector<std::string> usernames;
  bool yes = false;
};

int run_delete(const DeleteOptions& options, Context& context) {
  const Target target = resolve_target(options.target, context);
  if (!options.yes) {
    const std::string answer = context.console.ask(
        fmt::format("Delete {} from {}? [y/N] ", join(options.usernames, ", "), target.user_pool_id), "--yes");
    if (answer != "y" && answer != "yes") throw Error(ErrorKind::kInterrupted, "nothing was deleted");
  }
  CognitoAccess access(target, context);
  for (const std::string& username : options.usernames) {
    access.cognito.admin_delete_user(target.user_pool_id, username);
    context.console.err(fmt::format("deleted {}\n", username));
  }
  return 0;
}

}  // namespace

void add_users(CLI::App& app, Context& context) {
  CLI::App* users = app.add_subcommand("users", "Manage the users of a pool");
  users->require_subcommand(1);
  {
    auto options = std::make_shared<CreateOptions>();
    CLI::App* command = users->add_subcommand("create", "Create a user with a permanent password");
    command->add_option("name", options->username, "user name")->required();
    command->add_option("--email", options->email, "e-mail address, marked as verified");
    command->add_flag("--password-stdin", options->password_stdin, "read the password from the first line of stdin");
    command->add_flag("--generate", options->generate, "make a password and print it")->excludes("--password-stdin");
    command->footer("Example:\n  wsdeep users create alice --email alice@example.com --generate");
    add_target_options(*command, options->target);
    command->callback(
        [options, &context] { context.run = [options, &context] { return run_create(*options, context); }; });
  }
  {
    auto options = std::make_shared<ListOptions>();
    CLI::App* command = users->add_subcommand("list", "List users");
    command->add_option("--filter", options->filter, "Cognito filter, such as: email ^= \"a\"");
    command->add_option("--output", options->output, "text or json")->check(CLI::IsMember({"text", "json"}));
    add_target_options(*command, options->target);
    command->callback(
        [options, &context] { context.run = [options, &context] { return run_list(*options, context); }; });
  }
  {
    auto options = std::make_shared<DeleteOptions>();
    CLI::App* command = users->add_subcommand("delete", "Delete users");
    command->add_option("names", options->usernames, "user names")->required();
    command->add_flag("--yes", options->yes, "do not ask");
    add_target_options(*command, options->target);
    command->callback(
        [options, &context] { context.run = [options, &context] { return run_delete(*options, context); }; });
  }
}

}  // namespace wsdeep::commands
