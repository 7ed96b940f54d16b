#include <fmt/format.h>

#include <memory>

#include "base/display.h"
#include "base/error.h"
#include "base/printable.h"
#include "commands/command.h"
#include "commands/pairs_option.h"
#include "commands/users/bulk_options.h"
#include "commands/users/commands.h"
#include "terminal/secret_input.h"
#include "users/cognito_errors.h"
#include "users/password_policy.h"
#include "users/user_reader.h"

namespace wsdeep::commands {
namespace {

struct CreateOptions {
  TargetOptions target;
  users::BulkCreateOptions bulk;
  std::string username;
  std::string email;
  std::vector<std::string> groups;
  std::vector<std::string> attributes;
  bool password_stdin = false;
  bool generate = false;
  bool temporary = false;
  bool test = false;
  std::uint64_t count = 0;
  std::string prefix;
};

int run_create(const CreateOptions& options, Context& context);
std::string check_prefix(const std::string& prefix);

}  // namespace

void add_users_create(const Command& users, Context& context) {
  auto options = std::make_shared<CreateOptions>();
  const Command command = users.add_subcommand("create", "Create a user, or many");
  const Option name = command.add_option("name", options->username, "user name");
  const Option email =
      command.add_option("--email", options->email, "e-mail address, marked as verified")
          .check([](const std::string& text) { return users::is_email(text) ? "" : "not an e-mail address"; });
  command.add_option("--group", options->groups, "group to put the user in");
  command.add_option("--attribute", options->attributes, "name=value");
  command.add_flag("--password-stdin", options->password_stdin, "read the password from a line of stdin");
  const Option generate = command.add_flag("--generate", options->generate, "make a password and print it");
  generate.excludes("--password-stdin");
  command.add_flag("--temporary", options->temporary, "the password has to be changed at the first sign-in");
  command.add_flag("--test", options->test, "mark as a test user, for `users delete --all-test-users`");
  const Option prefix =
      command.add_option("--prefix", options->prefix, "with --count: what the names begin with").check(check_prefix);
  const Option count = command.add_option("--count", options->count, "create so many test users: PREFIX00001, …")
                           .range(1, 10'000'000)
                           .needs(prefix)
                           .excludes(name)
                           .excludes(email)
                           .excludes(generate);
  prefix.needs(count);
  add_bulk_options(command, options->bulk);
  for (const char* of_many : {"--out", "--parallel"}) command.option(of_many).needs(count);
  command.footer(
      "With --count, passwords are made unless one comes from --password-stdin; users and passwords are in the "
      "results\n"
      "file. Run the same command again to go on with a run that was interrupted.\n\n"
      "Examples:\n"
      "  wsdeep users create alice --email alice@example.com --generate\n"
      "  wsdeep users create --count 10000 --prefix load-");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_create(*options, context); });
}

namespace {

users::NewUser described_user(const CreateOptions& options);
int create_one(const CreateOptions& options, const users::Target& target, Context& context);

int run_create(const CreateOptions& options, Context& context) {
  if (options.username.empty() == (options.count == 0))
    throw Error(ErrorKind::kUsage, "either a user name or --count is needed",
                "wsdeep users create NAME, or wsdeep users create --count 100 --prefix load-");
  const users::Target target = resolve_pool(options.target, context);
  if (options.count == 0) return create_one(options, target, context);
  users::NewUser model = described_user(options);
  if (options.password_stdin) model.password = read_password(context, true, "");
  return users::create_many(target, context, options.bulk, model, options.prefix, options.count);
}

void require_username(const std::string& name) {
  constexpr std::size_t kShown = 60;
  if (!users::is_username(name))
    throw Error(ErrorKind::kUsage, fmt::format("'{}' is no user name: it has 1 to 128 characters and no blanks",
                                               cut_middle(strip_control(name), kShown)));
}

users::NewUser described_user(const CreateOptions& options) {
  users::NewUser user{
      options.username, {}, parse_pairs(options.attributes, "--attribute"), options.groups, options.temporary};
  for (const auto& [name, value] : user.attributes)
    if (!users::is_attribute_name(name))
      throw Error(ErrorKind::kUsage, fmt::format("no pool has an attribute '{}'", name),
                  fmt::format("attributes of your own are called custom:{}", name));
  for (const auto& [name, value] : user.attributes)
    if (const std::string fault = users::attribute_fault(name, value); !fault.empty())
      throw Error(ErrorKind::kUsage, fmt::format("--attribute {}: {}", name, fault));
  if (options.email.empty()) return user;
  if (!user.attributes.emplace("email", options.email).second)
    throw Error(ErrorKind::kUsage, "--email and --attribute email= say the same thing twice", "leave one of them out");
  return user;
}

void require_marker(const aws::UserPoolDescription& pool, const users::Target& target) {
  if (!users::has_marker(pool))
    throw Error(ErrorKind::kUsage, users::no_marker(target.user_pool_id),
                "create the user without --test, and delete it by its name");
}

void create_user(users::CognitoAccess& access, const users::Target& target, const users::NewUser& user) {
  const std::string& pool = target.user_pool_id;
  const aws::CognitoUser made = access.cognito.admin_create_user(pool, users::creation_of(user));
  try {
    users::complete_user(access.cognito, pool, user);
  } catch (const Error&) {
    // Without password and groups the user is of no use, and in the way of the next try.
    access.cognito.admin_delete_user(pool, made.username);
    throw;
  }
}

/// The password is nowhere else: when it cannot be printed, the user is there all the same.
void print_password(const users::NewUser& user, const Context& context) {
  try {
    context.console.out(user.password + "\n");
  } catch (const Error& error) {
    throw Error(error.kind(),
                fmt::format("'{}' was created, but its password is lost: {}", user.username, error.what()),
                fmt::format("set another one with: wsdeep users set-password {} --generate", user.username));
  }
}

int create_one(const CreateOptions& options, const users::Target& target, Context& context) {
  require_username(options.username);
  users::NewUser user = described_user(options);
  users::CognitoAccess access(target, context);
  const std::string operation = fmt::format("cannot create '{}'", user.username);
  const aws::UserPoolDescription pool = users::explained(
      operation, user.username, [&] { return access.cognito.describe_user_pool(target.user_pool_id); });
  if (options.test) {
    require_marker(pool, target);
    user.attributes[users::kTestMarker] = "true";
  }
  users::require_groups(target, context, user.groups);
  user.password = options.generate ? users::generate_password(pool.password_policy)
                                   : read_new_password(context, options.password_stdin,
                                                       "New password: ", [&](const std::string& chosen) {
                                                         users::require_policy(pool.password_policy, chosen);
                                                       });
  users::require_policy(pool.password_policy, user.password);
  users::explained(operation, user.username, [&] { create_user(access, target, user); });
  context.console.err(fmt::format("created {}\n", user.username));
  if (options.generate) print_password(user, context);
  return 0;
}

/// A prefix is a part of user names, and one word of the file that remembers it.
std::string check_prefix(const std::string& prefix) {
  const bool wrong = prefix.size() < 3 || prefix.size() > 64 || prefix.find_first_of(" \t\n@") != std::string::npos ||
                     (prefix.back() >= '0' && prefix.back() <= '9') || printable(prefix) != prefix;
  return wrong ? "--prefix must have 3 to 64 characters, no blank, no control character, no @, and no digit at its end"
               : "";
}

}  // namespace

}  // namespace wsdeep::commands
