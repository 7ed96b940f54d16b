#include "users/bulk_creation.h"

#include <fmt/format.h>

#include <algorithm>

#include "auth/sign_in_flow.h"
#include "base/error.h"
#include "users/pages.h"
#include "users/password_policy.h"
#include "users/sign_in.h"
#include "users/test_users.h"

namespace wsdeep::users {
namespace {

constexpr double kClockSkew = 5;          // seconds by which the service's clock may be behind ours
constexpr double kLongestCreation = 120;  // seconds from an attempt to the creation that it led to
constexpr std::size_t kShownCauses = 5;

/// Somebody else has a user of this name.
class NotOurs : public Error {
 public:
  NotOurs() : NotOurs("exists already and is not ours") {}

 protected:
  explicit NotOurs(const std::string& cause) : Error(ErrorKind::kFailure, cause) {}
};

/// The user may be ours: nobody can tell now, so the attempt stays open.
class NotProven : public NotOurs {
 public:
  explicit NotProven(const std::string& cause)
      : NotOurs("exists already, and nothing proves that it is ours: cannot sign in with the recorded password: " +
                cause) {}
};

/// Any question that follows the password says that it was right.
struct PasswordIsRight {};
class NoAnswers final : public auth::ChallengeAnswers {
 public:
  std::string new_password() override { throw PasswordIsRight(); }
  std::string required_attribute(const std::string&) override { throw PasswordIsRight(); }
  std::string mfa_code(const std::string&, const std::string&) override { throw PasswordIsRight(); }
  std::string choose_mfa(const std::vector<std::string>&) override { throw PasswordIsRight(); }
};

bool is_true(const aws::Attributes& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  return found != attributes.end() && found->second == "true";
}

/// True when `found` has what was sent, and nothing else but what a pool adds by itself.
bool has_what_was_sent(const aws::Attributes& found, const aws::Attributes& sent) {
  const bool all = std::all_of(sent.begin(), sent.end(), [&](const auto& attribute) {
    const auto there = found.find(attribute.first);
    return there != found.end() && there->second == attribute.second;
  });
  const auto added_by_the_pool = [&](const std::string& name) {
    return name == "sub" || name.starts_with("cognito:") || (name == "email_verified" && sent.contains("email")) ||
           (name == "phone_number_verified" && sent.contains("phone_number"));
  };
  return all && std::all_of(found.begin(), found.end(), [&](const auto& attribute) {
           return sent.contains(attribute.first) || added_by_the_pool(attribute.first);
         });
}

bool is_about_one_user(const Error& error) {
  return dynamic_cast<const NotOurs*>(&error) != nullptr || concerns_one_user(error);
}

std::string cause_of(const Error& error) {
  const auto* refusal = dynamic_cast<const aws::ServiceError*>(&error);
  if (refusal == nullptr) return error.what();
  return refusal->detail().empty() ? refusal->code() : refusal->detail();
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
    complete(worker, user, made);
  } catch (const Error& error) {
    if (!is_about_one_user(error)) {
      if (!earlier.times.empty()) ++cut_off_;
      throw;
    }
    note_failure(work, error, made.adopted || dynamic_cast<const NotProven*>(&error) != nullptr);
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
  require_ours(worker, found, user, times);
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

void BulkCreation::require_ours(BulkWorker& worker, const aws::CognitoUser& found, const NewUser& user,
                                const std::vector<std::int64_t>& times) const {
  const bool in_time = std::any_of(times.begin(), times.end(), [&](std::int64_t time) {
    const double after = found.created - static_cast<double>(time);
    return after >= -kClockSkew && after <= kLongestCreation;
  });
  if (!in_time || !has_what_was_sent(found.attributes, creation_of(user).attributes)) throw NotOurs();
  if (found.status != "FORCE_CHANGE_PASSWORD" && found.status != "CONFIRMED") throw NotOurs();
  if (rules_.mark_as_test && is_true(found.attributes, kTestMarker)) return;
  require_password(worker, found, user);
}

/// Signs in as far as the password goes, by the first way that the app client allows.
void BulkCreation::require_password(BulkWorker& worker, const aws::CognitoUser& found, const NewUser& user) const {
  if (target_.client_id.empty()) throw NotProven("no app client is known: pass --client-id");
  const std::string password = found.status == "CONFIRMED" ? user.password : first_password(user);
  const auth::PoolClient client = pool_client(target_, context_);
  std::string refusal_of_all;
  using enum auth::SignInFlow;
  for (const auth::SignInFlow flow : {kAdmin, kPassword, kSrp}) {
    try {
      NoAnswers answers;
      worker.call(Quota::kUserAuthentication, [&](aws::Cognito& cognito) {
        return auth::sign_in(cognito, client, flow, user.username, password, answers, context_.clock);
      });
      return;
    } catch (const PasswordIsRight&) {
      return;
    } catch (const aws::ServiceError& refusal) {
      if (!concerns_one_user(refusal) && refusal.status() >= 500) throw;
      const std::string& cause = refusal.detail();
      if (refusal.code() == "NotAuthorizedException" && cause.find("ncorrect") != std::string::npos) throw NotOurs();
      refusal_of_all = cause_of(refusal);
    }
  }
  throw NotProven(refusal_of_all);
}

/// A user who cannot be completed is of no use, and in the way of the next try. Only one who was there before this run
/// is left as he is.
void BulkCreation::complete(BulkWorker& worker, const NewUser& user, const Made& made) {
  const std::string& pool = target_.user_pool_id;
  try {
    if (!user.temporary || made.adopted)
      worker.call(Quota::kUserAccountRecovery, [&](aws::Cognito& cognito) {
        cognito.admin_set_user_password(pool, user.username, user.password, !user.temporary);
      });
    for (const std::string& group : user.groups)
      worker.call(Quota::kUserUpdate,
                  [&](aws::Cognito& cognito) { cognito.admin_add_user_to_group(pool, user.username, group); });
  } catch (const Error& error) {
    if (concerns_one_user(error) && !made.adopted) take_back(worker, user.username, made.sub);
    throw;
  }
}

void BulkCreation::take_back(BulkWorker& worker, const std::string& username, const std::string& sub) {
  delete_exactly(worker, target_.user_pool_id, username, sub);
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

}  // namespace wsdeep::users
