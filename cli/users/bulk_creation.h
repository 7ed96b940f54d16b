#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "users/bulk_run.h"
#include "users/new_user.h"
#include "users/results_file.h"

namespace wsdeep::users {

/// A user to create, and where the description stands: `users.csv:7`, empty for a numbered one.
struct PlannedUser {
  NewUser user;
  std::string place{};
};
/// The next user of the input, or nothing at its end.
using UserSource = std::function<std::optional<PlannedUser>()>;

/// What all users of a run have in common.
struct CreationRules {
  bool mark_as_test = false;
  aws::PasswordPolicy policy;
  std::function<void()> on_first;  ///< called once, after somebody was created, in this run or an earlier one
};

/// Creates users, and records what becomes of each before, and after, it is done.
///
/// A user who is there already is taken for ours only when an attempt of this or an earlier run is on record whose
/// outcome is not, and the user fits it: created within a short time of it, with the attributes that it sent and no
/// others. Without the marker among them, which nobody else sets, anybody may have made such a user: then the pool must
/// accept the password that is on record. Everybody else's users are left alone. Only a user whom this run has created
/// is taken back.
class BulkCreation {
 public:
  BulkCreation(const Target& target, Context& context, ResultsFile& results, CreationRules rules);

  /// The exit code. Throws Error{kFailure} when some could not be created, and what ended the run before its time.
  int run(const UserSource& source, const BulkOptions& options);

 private:
  struct Made {
    std::string sub;
    bool adopted = false;
  };

  std::optional<BulkJob> next_job(const UserSource& source);
  void create(BulkWorker& worker, PlannedUser& work);
  Made create_or_adopt(BulkWorker& worker, const NewUser& user, std::vector<std::int64_t>& times);
  aws::CognitoUser send(aws::Cognito& cognito, const NewUser& user, std::vector<std::int64_t>& times);
  void require_ours(BulkWorker& worker, const aws::CognitoUser& found, const NewUser& user,
                    const std::vector<std::int64_t>& times) const;
  void require_password(BulkWorker& worker, const aws::CognitoUser& found, const NewUser& user) const;
  void complete(BulkWorker& worker, const NewUser& user, const Made& made);
  void take_back(BulkWorker& worker, const std::string& username, const std::string& sub);
  void note_failure(const PlannedUser& work, const Error& error, bool may_be_there);
  std::string so_far() const;
  std::string totals() const;
  int report();

  const Target& target_;
  Context& context_;
  ResultsFile& results_;
  CreationRules rules_;
  std::once_flag first_;
  BulkProgress progress_;
  std::atomic<std::uint64_t> cut_off_{0};  ///< users who may be in the pool, unfinished, as the run ended
  std::mutex mutex_;
  std::vector<std::string> causes_;  ///< the first few
};

}  // namespace wsdeep::users
