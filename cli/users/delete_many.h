#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "terminal/context.h"
#include "users/target.h"
#include "users/test_users.h"

namespace wsdeep::users {

/// Which test users.
struct TestUserFilter {
  std::string prefix;  ///< empty: of any name
  std::optional<std::chrono::seconds> older_than{};
};

/// A test user as it was found.
struct Doomed {
  std::string recorded;  ///< the name in results files
  std::string sub;
};
/// Who is to go, by the name in the pool, and why.
struct TestUsers {
  TestUserRule rule;
  std::map<std::string, Doomed> found{};
};

/// Says on stderr how many there are, and why they count as test users. Throws as TestUserRule does.
TestUsers find_test_users(const Target& target, const TestUserFilter& filter, Context& context);

/// Deletes many at a time, as fast as the pool allows, and says how many it were. Between the list and its turn a name
/// may have got another owner, perhaps a customer: everybody is looked at again, and deleted as the very user who was
/// listed. Who is gone already counts as deleted: a repeated call may find its own work done. Results files are told.
void delete_test_users(const Target& target, const TestUsers& users, Context& context);

/// One after the other, as change_users does. Results files are told who is gone, however it ends.
void delete_named(const Target& target, const std::vector<std::string>& usernames, Context& context);

}  // namespace wsdeep::users
