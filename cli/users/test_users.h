#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "aws/cognito.h"
#include "base/files.h"
#include "terminal/context.h"

/// Which users of a pool are ours to sweep away. A real customer must never be one of them, whatever is typed, so a
/// user counts as a test user only by what we know of having made it:
///   · the attribute `custom:wsdeep_test` with the value `true`, in pools that define it as immutable; or
///   · where a pool does not (attributes cannot be given to users of a pool that lacks them), a results file of a bulk
///     creation on this machine that records this very user of this very pool as created.
namespace wsdeep::users {

inline constexpr const char* kTestMarker = "custom:wsdeep_test";

/// True where the marker can be trusted: a user who could set it later would be swept away with the others.
bool has_marker(const aws::UserPoolDescription& pool);
/// What is said of a pool without it.
std::string no_marker(const std::string& pool_id);
/// True in pools whose users sign in with an e-mail address: their user names are made up by the pool.
bool signs_in_with_email(const aws::UserPoolDescription& pool);

/// The name that results files have for a user: the address where users sign in with it.
std::string recorded_name(const aws::CognitoUser& user, bool signs_in_with_email);

/// The names of test users that are made by the number: PREFIX00001, with `@example.com` where the pool wants one.
std::string numbered_name(const aws::UserPoolDescription& pool, const std::string& prefix, std::uint64_t number);

/// The bulk creations that have created somebody, by pool and prefix: a file of lines `POOL PREFIX RESULTS_FILE` in the
/// state folder.
class TestPrefixes {
 public:
  TestPrefixes(Files& files, std::filesystem::path file);
  /// Those that were used at this pool, oldest first.
  std::vector<std::string> of(const std::string& pool) const;
  /// Where their users are recorded, oldest first.
  std::vector<std::filesystem::path> results_of(const std::string& pool, const std::string& prefix) const;
  void add(const std::string& pool, const std::string& prefix, const std::filesystem::path& results);
  /// Notes in the results files that these users of the pool are no more, so that the same creation makes them again.
  /// A file that is gone or that cannot be used is passed over.
  void forget(const std::string& pool, const std::vector<std::string>& usernames) const;

 private:
  std::set<std::filesystem::path> all_results_of(const std::string& pool) const;

  Files& files_;
  std::filesystem::path file_;
};

/// Those of this machine.
TestPrefixes test_prefixes(Context& context);

class TestUserRule {
 public:
  /// Throws when the pool defines no marker and test users cannot be told: Error{kUsage} when `prefix` is empty or not
  /// one of `prefixes`, Error{kNotFound} when a results file is gone.
  TestUserRule(const aws::UserPoolDescription& pool, const std::string& pool_id, std::string prefix,
               const TestPrefixes& prefixes);
  bool matches(const aws::CognitoUser& user) const;
  /// Why a user counts: `they carry custom:wsdeep_test`.
  const std::string& basis() const { return basis_; }

 private:
  void read_results(const std::string& pool_id, const TestPrefixes& prefixes);

  bool marker_;
  bool email_;
  std::string prefix_;
  std::string basis_;
  std::unordered_set<std::string> subs_;  ///< of those who were created
};

}  // namespace wsdeep::users
