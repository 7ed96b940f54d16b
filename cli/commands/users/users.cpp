#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/printable.h"
#include "commands/users/commands.h"
#include "deploy/target.h"
#include "net/http_client.h"
#include "users/cognito_errors.h"

namespace wsdeep::commands {

void add_users(CLI::App& app, Context& context) {
  CLI::App* users = app.add_subcommand("users", "Manage the users of a pool");
  users->require_subcommand(1);
  add_users_create(*users, context);
  add_users_list(*users, context);
  add_users_delete(*users, context);
  add_users_state(*users, context);
  add_users_group(*users, context);
  add_users_tokens(*users, context);
}

Target resolve_pool(const TargetOptions& options, Context& context) {
  Target target = resolve_target(options, context);
  if (target.user_pool_id.empty() && !target.stack.empty())
    throw Error(ErrorKind::kUsage, fmt::format("the stack '{}' has no output UserPoolId", target.stack),
                fmt::format("is it a stack of wsdeep's? deploy it with: wsdeep deploy -e {}", target.environment));
  if (target.user_pool_id.empty())
    throw Error(ErrorKind::kUsage, "the user pool is not known", "pass --user-pool-id or set WSDEEP_USER_POOL_ID");
  return target;
}

TestPrefixes test_prefixes(Context& context) {
  return {context.files, context.state_folder() / "test-prefixes"};
}

std::string count_of_users(std::uint64_t count) {
  return fmt::format("{} user{}", count, count == 1 ? "" : "s");
}

const std::string& PageWatch::next(const std::string& token) {
  if (!token.empty() && !seen_.insert(std::hash<std::string>()(token)).second)
    throw Error(ErrorKind::kFailure, "the list has no end: the pool has sent the same page token twice",
                "is this Cognito? check --endpoint and AWS_ENDPOINT_URL");
  return token;
}

void for_each_user(const std::function<aws::UserPage(const std::string& page)>& read_page,
                   const std::function<bool(const aws::CognitoUser&)>& take) {
  PageWatch watch;
  std::string page;
  do {
    const aws::UserPage users = read_page(page);
    for (const aws::CognitoUser& user : users.users)
      if (!take(user)) return;
    page = watch.next(users.next);
  } while (!page.empty());
}

namespace {

bool is_cancelled(const Error& error) {
  const auto* fault = dynamic_cast<const net::TransportError*>(&error);
  return fault != nullptr && fault->fault() == net::TransportFault::kCancelled;
}

}  // namespace

void change_users(const std::vector<std::string>& usernames, const std::string& verb, const std::string& past,
                  const Context& context, const std::function<void(const std::string&)>& change) {
  std::optional<Error> first;
  std::size_t failed = 0;
  for (const std::string& username : usernames) {
    try {
      explained(fmt::format("cannot {} '{}'", verb, username), username, [&] { change(username); });
      context.console.err(fmt::format("{} {}\n", past, printable(username)));
    } catch (const Error& error) {
      if (usernames.size() == 1 || is_cancelled(error)) throw;
      context.console.err(fmt::format("{}\n", printable_lines(error.what())));
      ++failed;
      if (!first) first = error;
    }
  }
  if (first) throw Error(first->kind(), fmt::format("{} of {} users failed", failed, usernames.size()), first->hint());
}

void confirm(const std::string& question, bool yes, const Context& context) {
  if (!confirm(context.console, question, yes)) throw Error(ErrorKind::kFailure, "nothing was done");
}

}  // namespace wsdeep::commands
