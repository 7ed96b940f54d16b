#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "commands/bulk_run.h"
#include "commands/cognito_errors.h"
#include "commands/users_commands.h"

namespace wsdeep::commands {
namespace {

struct DeleteOptions {
  TargetOptions target;
  std::vector<std::string> usernames;
  bool all_test_users = false;
  std::string prefix;
  std::string older_than;
  bool yes = false;
};

/// `90m`, `36h`, `7d`, `4w`
std::chrono::seconds parse_age(const std::string& text) {
  const auto unit = text.empty()         ? 0
                    : text.back() == 'm' ? 60
                    : text.back() == 'h' ? 3600
                    : text.back() == 'd' ? 86400
                    : text.back() == 'w' ? 604800
                                         : 0;
  const auto count =
      unit == 0 ? std::nullopt : parse_integer(std::string_view(text).substr(0, text.size() - 1), 1, 100000);
  if (!count)
    throw Error(ErrorKind::kUsage,
                fmt::format("--older-than must be an age such as 90m, 36h, 7d or 4w, got '{}'", text));
  return std::chrono::seconds(*count * unit);
}

/// Who is to go: the name in the pool → the name in results files.
using Doomed = std::map<std::string, std::string>;

Doomed find_test_users(CognitoAccess& access, const Target& target, const DeleteOptions& options, Context& context) {
  constexpr int kPage = 60;
  double created_before = 1e18;
  if (!options.older_than.empty())
    created_before = static_cast<double>(epoch_seconds(context.clock.now()) - parse_age(options.older_than).count());
  const std::string& pool = target.user_pool_id;
  return explained("cannot find the test users", "", [&] {
    const aws::UserPoolDescription description = access.cognito.describe_user_pool(pool);
    const TestUserRule rule(description, pool, options.prefix, test_prefixes(context));
    Doomed doomed;
    for_each_user([&](const std::string& page) { return access.cognito.list_users(pool, "", kPage, page); },
                  [&](const aws::CognitoUser& user) {
                    if (user.created <= created_before && rule.matches(user))
                      doomed.emplace(user.username, recorded_name(user, signs_in_with_email(description)));
                    return true;
                  });
    if (!doomed.empty())
      context.console.err(
          fmt::format("{} test user{}: {}\n", doomed.size(), doomed.size() == 1 ? "" : "s", rule.basis()));
    return doomed;
  });
}

/// `us-east-1_Ab12Cd34E (production)`
std::string name_of_pool(const Target& target) {
  return target.environment.empty() ? target.user_pool_id
                                    : fmt::format("{} ({})", target.user_pool_id, target.environment);
}

/// `a, b, c and 97 more`
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  if (names.size() <= kShown) return join(names, ", ");
  const std::vector<std::string> shown(names.begin(), names.begin() + kShown);
  return fmt::format("{} and {} more", join(shown, ", "), names.size() - kShown);
}

/// Many at a time, as fast as the pool allows. Who is gone already counts as deleted: a repeated call may find its own
/// work done.
void sweep(const Target& target, const std::vector<std::string>& usernames, Context& context,
           const std::function<void(const std::string&)>& on_gone) {
  BulkProgress progress;
  std::mutex mutex;
  std::optional<Error> first;
  const auto remove = [&](BulkWorker& worker, const std::string& username) {
    try {
      worker.call(Quota::kUserUpdate,
                  [&](aws::Cognito& cognito) { cognito.admin_delete_user(target.user_pool_id, username); });
    } catch (const aws::ServiceError& refusal) {
      if (!concerns_one_user(refusal)) throw explain(refusal, fmt::format("cannot delete '{}'", username), username);
      if (refusal.code() != "UserNotFoundException") {
        const std::lock_guard lock(mutex);
        ++progress.failed;
        if (!first) first = explain(refusal, fmt::format("cannot delete '{}'", username), username);
        return;
      }
    }
    ++progress.done;
    const std::lock_guard lock(mutex);
    on_gone(username);
  };
  std::size_t index = 0;
  const auto next = [&]() -> std::optional<BulkJob> {
    if (index == usernames.size()) return std::nullopt;
    return [&remove, &username = usernames[index++]](BulkWorker& worker) { remove(worker, username); };
  };
  const auto told = [&] { return fmt::format("deleted {}", count_of_users(progress.done)); };
  try {
    run_bulk(target, context, {.total = usernames.size()}, progress, next);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    throw Error(ErrorKind::kInterrupted, fmt::format("interrupted: {} of {}", told(), usernames.size()),
                "run it again for the rest");
  }
  context.console.err(told() + "\n");
  if (first)
    throw Error(first->kind(),
                fmt::format("{} could not be deleted: {}", count_of_users(progress.failed), first->what()),
                first->hint());
}

/// One after the other. What is done when a signal comes is handed to `on_gone`.
void delete_named(const Target& target, const std::vector<std::string>& usernames, Context& context,
                  const std::function<void(const std::string&)>& on_gone) {
  const Interrupts interrupts;
  CognitoAccess access(target, context, {.cancel = interrupts.token()});
  unless_interrupted(interrupts, "run it again for the rest", [&] {
    change_users(usernames, "delete", "deleted", context, [&](const std::string& username) {
      access.cognito.admin_delete_user(target.user_pool_id, username);
      on_gone(username);
    });
  });
}

/// Names that no pool can have are mistakes, perhaps a whole file on the command line.
void require_usernames(const std::vector<std::string>& names) {
  constexpr std::size_t kLongest = 128;
  constexpr std::size_t kShown = 60;
  for (const std::string& name : names)
    if (name.empty() || name.size() > 4 * kLongest)
      throw Error(ErrorKind::kUsage,
                  fmt::format("'{}' is no user name: it has 1 to {} characters",
                              cut_middle(strip_control(is_utf8(name) ? name : "?"), kShown), kLongest));
}

int run_delete(const DeleteOptions& options, Context& context) {
  if (options.usernames.empty() && !options.all_test_users)
    throw Error(ErrorKind::kUsage, "nobody is named", "name users, or pass --all-test-users");
  require_usernames(options.usernames);
  const Target target = resolve_pool(options.target, context);
  Doomed doomed;
  if (options.all_test_users) {
    CognitoAccess access(target, context);
    doomed = find_test_users(access, target, options, context);
  }
  std::vector<std::string> usernames = options.usernames;
  for (const auto& [username, recorded] : doomed) usernames.push_back(username);
  if (usernames.empty()) {
    context.console.err("no test users: nothing to do\n");
    return 0;
  }
  confirm(fmt::format("Delete {} from {}?", some_of(usernames), name_of_pool(target)), options.yes, context);
  std::vector<std::string> gone;
  const auto on_gone = [&](const std::string& name) {
    const auto found = doomed.find(name);
    gone.push_back(found == doomed.end() ? name : found->second);
  };
  const auto forget = [&] { test_prefixes(context).forget(target.user_pool_id, gone); };
  try {
    if (options.all_test_users)
      sweep(target, usernames, context, on_gone);
    else
      delete_named(target, usernames, context, on_gone);
  } catch (...) {
    forget();
    throw;
  }
  forget();
  return 0;
}

CLI::Option* add_scope(CLI::App& command, DeleteOptions& options) {
  command.add_flag("--yes", options.yes, "do not ask");
  return command.add_option("--prefix", options.prefix, "only test users whose names begin like this");
}

void add_purge(CLI::App& users, Context& context) {
  auto options = std::make_shared<DeleteOptions>();
  options->all_test_users = true;
  CLI::App* command = users.add_subcommand("purge", "Delete test users of a certain age");
  command->add_option("--older-than", options->older_than, "age: 90m, 36h, 7d, 4w")->required();
  add_scope(*command, *options);
  command->footer("Who counts as a test user: see `wsdeep users delete --help`.");
  add_target_options(*command, options->target);
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_delete(*options, context); }; });
}

}  // namespace

void add_users_delete(CLI::App& users, Context& context) {
  auto options = std::make_shared<DeleteOptions>();
  CLI::App* command = users.add_subcommand("delete", "Delete users");
  auto* names = command->add_option("names", options->usernames, "user names");
  auto* all = command->add_flag("--all-test-users", options->all_test_users, "every test user of the pool");
  all->excludes(names);
  add_scope(*command, *options)->needs(all);
  command->footer(
      "A test user carries the attribute custom:wsdeep_test, which --count and --test of `users create` set in pools\n"
      "that define it. In other pools only users count that a results file of `users create --count --prefix` on this\n"
      "machine records as created at this very pool.\n\n"
      "Examples:\n  wsdeep users delete alice bob\n  wsdeep users delete --all-test-users --prefix load- --yes");
  add_target_options(*command, options->target);
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_delete(*options, context); }; });
  add_purge(users, context);
}

}  // namespace wsdeep::commands
