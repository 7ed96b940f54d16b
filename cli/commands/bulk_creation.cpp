#include "commands/bulk_creation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "commands/password_policy.h"
#include "commands/test_users.h"
#include "commands/users_commands.h"

namespace wsdeep::commands {
namespace {

constexpr double kClockSkew = 5;          // seconds by which the service's clock may be behind ours
constexpr double kLongestCreation = 120;  // seconds from an attempt to the creation that it led to
constexpr std::size_t kShownCauses = 5;

/// Somebody else has a user of this name.
class NotOurs : public Error {
 public:
  NotOurs() : Error(ErrorKind::kFailure, "exists already and is not ours") {}
};

bool is_about_one_user(const Error& error) {
  return dynamic_cast<const NotOurs*>(&error) != nullptr || concerns_one_user(error);
}

std::string cause_of(const Error& error) {
  const auto* refusal = dynamic_cast<const aws::ServiceError*>(&error);
  if (refusal == nullptr) return error.what();
  return refusal->detail().empty() ? refusal->code() : refusal->detail();
}

std::string sub_of(const aws::CognitoUser& user) {
  const auto found = user.attributes.find("sub");
  return found == user.attributes.end() ? "" : found->second;
}

std::string how_to_go_on(const Error& error, const ResultsFile& results) {
  const std::string again = "run the same command again to go on";
  std::string hint = error.hint().empty() ? again : error.hint();
  if (hint.find("same command") == std::string::npos) hint += "; then " + again;
  return fmt::format("{}; results are in {}", hint, results.path().string());
}

}  // namespace

BulkCreation::BulkCreation(const Target& target, Context& context, ResultsFile& results, CreationRules rules)
    : target_(target), context_(context), results_(results), rules_(std::move(rules)) {}

int BulkCreation::run(const UserSource& source, const BulkOptions& options) {
  if (results_.count_done() > 0) std::call_once(first_, rules_.on_first);
  try {
    run_bulk(target_, context_, options, progress_, [&] { return next_job(source); });
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("{}: {}", error.what(), so_far()), how_to_go_on(error, results_));
  }
  return report();
}

std::optional<BulkJob> BulkCreation::next_job(const UserSource& source) {
  while (auto next = source()) {
    if (!results_.is_done(next->user.username))
      return [this, work = *std::move(next)](BulkWorker& worker) mutable { create(worker, work); };
    ++progress_.before;
  }
  return std::nullopt;
}

void BulkCreation::create(BulkWorker& worker, PlannedUser& work) {
  NewUser& user = work.user;
  Attempt earlier = results_.open_attempt(user.username).value_or(Attempt());
  if (user.password.empty()) user.password = earlier.password;
  if (user.password.empty()) user.password = generate_password(rules_.policy);
  if (rules_.mark_as_test) user.attributes[kTestMarker] = "true";
  Made made;
  try {
    made = create_or_adopt(worker, user, earlier.times);
    complete(worker, user, made.adopted);
  } catch (const Error& error) {
    if (!is_about_one_user(error)) {
      if (!earlier.times.empty()) ++cut_off_;
      throw;
    }
    note_failure(work, error, made.adopted);
    return;
  }
  results_.add_created(user.username, user.password, made.sub);
  std::call_once(first_, rules_.on_first);
  ++progress_.done;
}

BulkCreation::Made BulkCreation::create_or_adopt(BulkWorker& worker, const NewUser& user,
                                                 std::vector<std::int64_t>& times) {
  try {
    return {
        sub_of(worker.call(Quota::kUserCreation, [&](aws::Cognito& cognito) { return send(cognito, user, times); })),
        false};
  } catch (const aws::ServiceError& error) {
    if (error.code() != "UsernameExistsException") throw;
    if (times.empty()) throw NotOurs();
  }
  const aws::CognitoUser found = worker.call(Quota::kUserRead, [&](aws::Cognito& cognito) {
    return cognito.admin_get_user(target_.user_pool_id, user.username);
  });
  if (!fits(found, times)) throw NotOurs();
  return {sub_of(found), true};
}

/// One request, recorded before it goes out. `times` holds those that may have been carried out.
aws::CognitoUser BulkCreation::send(aws::Cognito& cognito, const NewUser& user, std::vector<std::int64_t>& times) {
  const std::int64_t now = epoch_seconds(context_.clock.now());
  results_.add_attempt(user.username, user.password, now);
  times.push_back(now);
  try {
    return cognito.admin_create_user(target_.user_pool_id, creation_of(user));
  } catch (const aws::ServiceError& refusal) {
    if (refusal.status() < 500) times.pop_back();
    throw;
  }
}

bool BulkCreation::fits(const aws::CognitoUser& found, const std::vector<std::int64_t>& times) const {
  if (found.status != "FORCE_CHANGE_PASSWORD" && found.status != "CONFIRMED") return false;
  const auto marker = found.attributes.find(kTestMarker);
  if (rules_.mark_as_test && (marker == found.attributes.end() || marker->second != "true")) return false;
  return std::any_of(times.begin(), times.end(), [&](std::int64_t time) {
    const double after = found.created - static_cast<double>(time);
    return after >= -kClockSkew && after <= kLongestCreation;
  });
}

/// A user who cannot be completed is of no use, and in the way of the next try. Only one who was there before this run
/// is left as he is.
void BulkCreation::complete(BulkWorker& worker, const NewUser& user, bool adopted) {
  const std::string& pool = target_.user_pool_id;
  try {
    if (!user.temporary || adopted)
      worker.call(Quota::kUserAccountRecovery, [&](aws::Cognito& cognito) {
        cognito.admin_set_user_password(pool, user.username, user.password, !user.temporary);
      });
    for (const std::string& group : user.groups)
      worker.call(Quota::kUserUpdate,
                  [&](aws::Cognito& cognito) { cognito.admin_add_user_to_group(pool, user.username, group); });
  } catch (const Error& error) {
    if (concerns_one_user(error) && !adopted) take_back(worker, user.username);
    throw;
  }
}

void BulkCreation::take_back(BulkWorker& worker, const std::string& username) {
  try {
    worker.call(Quota::kUserUpdate,
                [&](aws::Cognito& cognito) { cognito.admin_delete_user(target_.user_pool_id, username); });
  } catch (const aws::ServiceError& refusal) {
    if (refusal.code() != "UserNotFoundException") throw;
  }
}

void BulkCreation::note_failure(const PlannedUser& work, const Error& error, bool may_be_there) {
  const std::string cause = cause_of(error);
  if (may_be_there)
    results_.add_incomplete(work.user.username, cause);
  else
    results_.add_failed(work.user.username, cause);
  ++progress_.failed;
  const std::lock_guard lock(mutex_);
  if (causes_.size() < kShownCauses)
    causes_.push_back(fmt::format("{}{}cannot create '{}': {}", work.place, work.place.empty() ? "" : ": ",
                                  work.user.username, cause));
}

/// `2 users created so far, 1 cut off`: the same command finds out what became of those.
std::string BulkCreation::so_far() const {
  std::string text = fmt::format("{} created so far", count_of_users(progress_.done));
  if (cut_off_ > 0) text += fmt::format(", {} cut off", cut_off_.load());
  return text;
}

/// `created 2 users, 4 were there from an earlier run`
std::string BulkCreation::totals() const {
  std::string text = fmt::format("created {}", count_of_users(progress_.done));
  if (const std::uint64_t before = progress_.before; before > 0)
    text += fmt::format(", {} {} there from an earlier run", before, before == 1 ? "was" : "were");
  return text;
}

int BulkCreation::report() {
  for (const std::string& cause : causes_) context_.console.err(cause + "\n");
  if (progress_.failed > causes_.size())
    context_.console.err(fmt::format("and {} more\n", progress_.failed - causes_.size()));
  context_.console.err(fmt::format("{}; results are in {}\n", totals(), results_.path().string()));
  if (progress_.failed == 0) return 0;
  throw Error(ErrorKind::kFailure, fmt::format("{} could not be created", count_of_users(progress_.failed)),
              fmt::format("the causes are in {}; run the same command again to try {} again", results_.path().string(),
                          progress_.failed == 1 ? "it" : "them"));
}

}  // namespace wsdeep::commands
