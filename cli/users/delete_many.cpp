#include "users/delete_many.h"

#include <fmt/format.h>

#include <atomic>
#include <functional>
#include <mutex>

#include "base/error.h"
#include "users/bulk_run.h"
#include "users/change_many.h"
#include "users/cognito_errors.h"
#include "users/pages.h"

namespace wsdeep::users {
namespace {

/// The pool itself leaves out those of other names, as far as it can compare: what it sends is looked at again.
std::string filter_for(const std::string& prefix, bool by_email) {
  if (prefix.empty() || prefix.find_first_of("\"\\") != std::string::npos) return "";
  return fmt::format("{} ^= \"{}\"", by_email ? "email" : "username", prefix);
}

class Sweep {
 public:
  Sweep(const Target& target, const TestUsers& users, const std::function<void(const std::string&)>& on_gone)
      : target_(target), users_(users), on_gone_(on_gone) {}

  void run(Context& context) {
    const std::size_t total = users_.found.size();
    auto left = users_.found.begin();
    const auto next = [&]() -> std::optional<BulkJob> {
      if (left == users_.found.end()) return std::nullopt;
      const auto user = left++;
      return [this, user](BulkWorker& worker) { remove(worker, user->first, user->second.sub); };
    };
    try {
      run_bulk(target_, context, {.total = total}, progress_, next);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInterrupted) throw;
      throw Error(ErrorKind::kInterrupted, fmt::format("interrupted: {} of {}", told(), total),
                  "run it again for the rest");
    }
    report(context);
  }

 private:
  void remove(BulkWorker& worker, const std::string& username, const std::string& sub) {
    try {
      const auto now = find_user(worker, target_.user_pool_id, username);
      const bool same = now && sub_of(*now) == sub;
      if (same && users_.rule.matches(*now)) delete_exactly(worker, target_.user_pool_id, username, sub);
      const bool left_alone = now && !(same && users_.rule.matches(*now));
      ++(left_alone ? left_alone_ : progress_.done);
      const std::lock_guard lock(mutex_);
      if (!left_alone || !same) on_gone_(username);
    } catch (const aws::ServiceError& refusal) {
      const Error error = explain(refusal, fmt::format("cannot delete '{}'", username), username);
      if (!concerns_one_user(refusal)) throw error;
      const std::lock_guard lock(mutex_);
      ++progress_.failed;
      if (!first_) first_ = error;
    }
  }

  std::string told() const { return "deleted " + count_of_users(progress_.done); }

  void report(const Context& context) const {
    if (left_alone_ > 0)
      context.console.err(fmt::format("left {} alone: since the list was read, another user has the name\n",
                                      count_of_users(left_alone_)));
    context.console.err(told() + "\n");
    if (first_)
      throw Error(first_->kind(),
                  fmt::format("{} could not be deleted: {}", count_of_users(progress_.failed), first_->what()),
                  first_->hint());
  }

  const Target& target_;
  const TestUsers& users_;
  const std::function<void(const std::string&)>& on_gone_;
  BulkProgress progress_;
  std::atomic<std::uint64_t> left_alone_{0};
  std::mutex mutex_;
  std::optional<Error> first_;
};

/// Has `remove` delete users, and notes in the results files who is gone, however it ends.
void noting_who_is_gone(const Target& target, Context& context,
                        const std::function<void(std::vector<std::string>& gone)>& remove) {
  std::vector<std::string> gone;
  const auto forget = [&] { test_prefixes(context).forget(target.user_pool_id, gone); };
  try {
    remove(gone);
  } catch (...) {
    forget();
    throw;
  }
  forget();
}

}  // namespace

TestUsers find_test_users(const Target& target, const TestUserFilter& filter, Context& context) {
  CognitoAccess access(target, context);
  double created_before = 1e18;
  if (filter.older_than)
    created_before = static_cast<double>(epoch_seconds(context.clock.now()) - filter.older_than->count());
  const std::string& pool = target.user_pool_id;
  return explained("cannot find the test users", "", [&] {
    const aws::UserPoolDescription description = access.cognito.describe_user_pool(pool);
    const bool by_email = signs_in_with_email(description);
    TestUsers users{TestUserRule(description, pool, filter.prefix, test_prefixes(context))};
    const std::string query = filter_for(filter.prefix, by_email);
    for_each_user([&](const std::string& page) { return access.cognito.list_users(pool, query, kPage, page); },
                  [&](const aws::CognitoUser& user) {
                    if (user.created <= created_before && users.rule.matches(user))
                      users.found.emplace(user.username, Doomed{recorded_name(user, by_email), sub_of(user)});
                    return true;
                  });
    if (const std::size_t count = users.found.size(); count > 0)
      context.console.err(fmt::format("{} test user{}: {}\n", count, count == 1 ? "" : "s", users.rule.basis()));
    return users;
  });
}

void delete_test_users(const Target& target, const TestUsers& users, Context& context) {
  noting_who_is_gone(target, context, [&](std::vector<std::string>& gone) {
    const auto on_gone = [&](const std::string& name) { gone.push_back(users.found.at(name).recorded); };
    Sweep(target, users, on_gone).run(context);
  });
}

void delete_named(const Target& target, const std::vector<std::string>& usernames, Context& context) {
  const Interrupts interrupts;
  CognitoAccess access(target, context, {.cancel = interrupts.token()});
  noting_who_is_gone(target, context, [&](std::vector<std::string>& gone) {
    unless_interrupted(interrupts, "run it again for the rest", [&] {
      change_users(usernames, "delete", "deleted", context, [&](const std::string& username) {
        access.cognito.admin_delete_user(target.user_pool_id, username);
        gone.push_back(username);
      });
    });
  });
}

}  // namespace wsdeep::users
