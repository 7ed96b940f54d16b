#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "aws/cognito.h"
#include "base/files.h"

/// Which users of a pool are ours to sweep away. A real customer must never be one of them, whatever is typed, so a
/// user counts as a test user only by what we gave it when we made it:
///   · the attribute `custom:wsdeep_test` with the value `true`, in pools that define it; or
///   · where a pool does not (attributes cannot be given to users of a pool that lacks them), a name that is a prefix
///     followed by digits only, and a prefix that a bulk creation on this machine has used at this very pool.
namespace wsdeep::commands {

inline constexpr const char* kTestMarker = "custom:wsdeep_test";

bool has_marker(const aws::UserPoolDescription& pool);
/// True in pools whose users sign in with an e-mail address: their user names are made up by the pool.
bool signs_in_with_email(const aws::UserPoolDescription& pool);

/// The names of test users that are made by the number: PREFIX00001, with `@example.com` where the pool wants one.
std::string numbered_name(const aws::UserPoolDescription& pool, const std::string& prefix, std::uint64_t number);

/// The prefixes that bulk creations have used, by pool: a file of lines `POOL PREFIX` in the state folder.
class TestPrefixes {
 public:
  TestPrefixes(Files& files, std::filesystem::path file);
  /// Those that were used at this pool, oldest first.
  std::vector<std::string> of(const std::string& pool) const;
  void add(const std::string& pool, const std::string& prefix);

 private:
  Files& files_;
  std::filesystem::path file_;
};

class TestUserRule {
 public:
  /// Throws Error{kUsage} when the pool defines no marker and `prefix` is empty or not one of `prefixes`.
  TestUserRule(const aws::UserPoolDescription& pool, const std::string& pool_id, std::string prefix,
               const TestPrefixes& prefixes);
  bool matches(const aws::CognitoUser& user) const;

 private:
  bool marker_;
  bool email_;
  std::string prefix_;
};

}  // namespace wsdeep::commands
