#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "aws/cognito.h"

/// Lists of users that come in pages.
namespace wsdeep::users {

/// Cognito's largest.
inline constexpr int kPage = 60;

/// `1 user`, `2 users`
std::string count_of_users(std::uint64_t count);

/// Watches the tokens of a list's pages: one that comes twice would make the list endless.
class PageWatch {
 public:
  /// `token` as it came, to ask for the next page with. Throws Error{kFailure} when it came before.
  const std::string& next(const std::string& token);

 private:
  std::unordered_set<std::size_t> seen_;  ///< hashes
};

/// Reads all pages and hands the users over one by one, until `take` returns false.
void for_each_user(const std::function<aws::UserPage(const std::string& page)>& read_page,
                   const std::function<bool(const aws::CognitoUser&)>& take);

/// The names of the groups that a user is in, and all groups of a pool.
std::vector<std::string> groups_of(aws::Cognito& cognito, const std::string& pool, const std::string& username);
std::vector<aws::CognitoGroup> all_groups(aws::Cognito& cognito, const std::string& pool);

}  // namespace wsdeep::users
