#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/display.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"
#include "commands/command.h"
#include "commands/users/commands.h"
#include "users/bulk_run.h"
#include "users/cognito_errors.h"
#include "users/test_users.h"

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

/// A test user as it was found.
struct Doomed {
  std::string recorded;  ///< the name in results files
  std::string sub;
};
/// Who is to go, by the name in the pool, and why.
struct TestUsers {
  users::TestUserRule rule;
  std::map<std::string, Doomed> found{};
};

/// The pool itself leaves out those of other names, as far as it can compare: what it sends is looked at again.
std::string filter_for(const std::string& prefix, bool by_email) {
  if (prefix.empty() || prefix.find_first_of("\"\\") != std::string::npos) return "";
  return fmt::format("{} ^= \"{}\"", by_email ? "email" : "username", prefix);
}

TestUsers find_test_users(users::CognitoAccess& access, const users::Target& target, const DeleteOptions& options,
                          Context& context) {
  constexpr int kPage = 60;
  double created_before = 1e18;
  if (!options.older_than.empty())
    created_before = static_cast<double>(epoch_seconds(context.clock.now()) - parse_age(options.older_than).count());
  const std::string& pool = target.user_pool_id;
  return users::explained("cannot find the test users", "", [&] {
    const aws::UserPoolDescription description = access.cognito.describe_user_pool(pool);
    const bool by_email = users::signs_in_with_email(description);
    TestUsers users{users::TestUserRule(description, pool, options.prefix, users::test_prefixes(context))};
    const std::string filter = filter_for(options.prefix, by_email);
    users::for_each_user(
        [&](const std::string& page) { return access.cognito.list_users(pool, filter, kPage, page); },
        [&](const aws::CognitoUser& user) {
          if (user.created <= created_before && users.rule.matches(user))
            users.found.emplace(user.username, Doomed{users::recorded_name(user, by_email), users::sub_of(user)});
          return true;
        });
    if (const std::size_t count = users.found.size(); count > 0)
      context.console.err(fmt::format("{} test user{}: {}\n", count, count == 1 ? "" : "s", users.rule.basis()));
    return users;
  });
}

/// `us-east-1_Ab12Cd34E (production)`
std::string name_of_pool(const users::Target& target) {
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

/// Deletes many at a time, as fast as the pool allows. Between the list and its turn a name may have got another owner,
/// perhaps a customer: everybody is looked at again, and deleted as the very user who was listed. Who is gone already
/// counts as deleted: a repeated call may find its own work done.
class Sweep {
 public:
  Sweep(const users::Target& target, const TestUsers& users, const std::function<void(const std::string&)>& on_gone)
      : target_(target), users_(users), on_gone_(on_gone) {}

  void run(Context& context) {
    const std::size_t total = users_.found.size();
    auto left = users_.found.begin();
    const auto next = [&]() -> std::optional<users::BulkJob> {
      if (left == users_.found.end()) return std::nullopt;
      const auto user = left++;
      return [this, user](users::BulkWorker& worker) { remove(worker, user->first, user->second.sub); };
    };
    try {
      users::run_bulk(target_, context, {.total = total}, progress_, next);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInterrupted) throw;
      throw Error(ErrorKind::kInterrupted, fmt::format("interrupted: {} of {}", told(), total),
                  "run it again for the rest");
    }
    report(context);
  }

 private:
  void remove(users::BulkWorker& worker, const std::string& username, const std::string& sub) {
    try {
      const auto now = users::find_user(worker, target_.user_pool_id, username);
      const bool same = now && users::sub_of(*now) == sub;
      if (same && users_.rule.matches(*now)) users::delete_exactly(worker, target_.user_pool_id, username, sub);
      const bool left_alone = now && !(same && users_.rule.matches(*now));
      ++(left_alone ? left_alone_ : progress_.done);
      const std::lock_guard lock(mutex_);
      if (!left_alone || !same) on_gone_(username);
    } catch (const aws::ServiceError& refusal) {
      const Error error = users::explain(refusal, fmt::format("cannot delete '{}'", username), username);
      if (!users::concerns_one_user(refusal)) throw error;
      const std::lock_guard lock(mutex_);
      ++progress_.failed;
      if (!first_) first_ = error;
    }
  }

  std::string told() const { return "deleted " + users::count_of_users(progress_.done); }

  void report(const Context& context) const {
    if (left_alone_ > 0)
      context.console.err(fmt::format("left {} alone: since the list was read, another user has the name\n",
                                      users::count_of_users(left_alone_)));
    context.console.err(told() + "\n");
    if (first_)
      throw Error(first_->kind(),
                  fmt::format("{} could not be deleted: {}", users::count_of_users(progress_.failed), first_->what()),
                  first_->hint());
  }

  const users::Target& target_;
  const TestUsers& users_;
  const std::function<void(const std::string&)>& on_gone_;
  users::BulkProgress progress_;
  std::atomic<std::uint64_t> left_alone_{0};
  std::mutex mutex_;
  std::optional<Error> first_;
};

/// One after the other. What is done when a signal comes is handed to `on_gone`.
void delete_named(const users::Target& target, const std::vector<std::string>& usernames, Context& context,
                  const std::function<void(const std::string&)>& on_gone) {
  const Interrupts interrupts;
  users::CognitoAccess access(target, context, {.cancel = interrupts.token()});
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

/// Has `remove` delete users, and notes in the results files who is gone, however it ends.
void noting_who_is_gone(const users::Target& target, Context& context,
                        const std::function<void(std::vector<std::string>& gone)>& remove) {
  std::vector<std::string> gone;
  const auto forget = [&] { users::test_prefixes(context).forget(target.user_pool_id, gone); };
  try {
    remove(gone);
  } catch (...) {
    forget();
    throw;
  }
  forget();
}

std::string question(const std::vector<std::string>& usernames, const users::Target& target) {
  return fmt::format("Delete {} from {}?", some_of(usernames), name_of_pool(target));
}

int sweep(const DeleteOptions& options, const users::Target& target, Context& context) {
  const TestUsers users = [&] {
    users::CognitoAccess access(target, context);
    return find_test_users(access, target, options, context);
  }();
  std::vector<std::string> usernames;
  for (const auto& [username, doomed] : users.found) usernames.push_back(username);
  if (usernames.empty()) {
    context.console.err("no test users: nothing to do\n");
    return 0;
  }
  confirm(question(usernames, target), options.yes, context);
  noting_who_is_gone(target, context, [&](std::vector<std::string>& gone) {
    const auto on_gone = [&](const std::string& name) { gone.push_back(users.found.at(name).recorded); };
    Sweep(target, users, on_gone).run(context);
  });
  return 0;
}

int run_delete(const DeleteOptions& options, Context& context) {
  if (options.usernames.empty() && !options.all_test_users)
    throw Error(ErrorKind::kUsage, "nobody is named", "name users, or pass --all-test-users");
  require_usernames(options.usernames);
  const users::Target target = resolve_pool(options.target, context);
  if (options.all_test_users) return sweep(options, target, context);
  confirm(question(options.usernames, target), options.yes, context);
  noting_who_is_gone(target, context, [&](std::vector<std::string>& gone) {
    delete_named(target, options.usernames, context, [&](const std::string& name) { gone.push_back(name); });
  });
  return 0;
}

Option add_scope(const Command& command, DeleteOptions& options) {
  command.add_flag("--yes", options.yes, "do not ask");
  return command.add_option("--prefix", options.prefix, "only test users whose names begin like this");
}

void add_purge(const Command& users, Context& context) {
  auto options = std::make_shared<DeleteOptions>();
  options->all_test_users = true;
  const Command command = users.add_subcommand("purge", "Delete test users of a certain age");
  command.add_option("--older-than", options->older_than, "age: 90m, 36h, 7d, 4w").required();
  add_scope(command, *options);
  command.footer("Who counts as a test user: see `wsdeep users delete --help`.");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_delete(*options, context); });
}

}  // namespace

void add_users_delete(const Command& users, Context& context) {
  auto options = std::make_shared<DeleteOptions>();
  const Command command = users.add_subcommand("delete", "Delete users");
  const Option names = command.add_option("names", options->usernames, "user names");
  const Option all = command.add_flag("--all-test-users", options->all_test_users, "every test user of the pool");
  all.excludes(names);
  add_scope(command, *options).needs(all);
  command.footer(
      "A test user carries the attribute custom:wsdeep_test, which --count and --test of `users create` set in pools\n"
      "that define it as immutable. In other pools only users count that a results file of `users create --count\n"
      "--prefix` on this machine records as created at this very pool. Each is looked at again right before: one who "
      "has\n"
      "got a listed name meanwhile is left alone.\n\n"
      "Examples:\n  wsdeep users delete alice bob\n  wsdeep users delete --all-test-users --prefix load- --yes");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_delete(*options, context); });
  add_purge(users, context);
}

}  // namespace wsdeep::commands
