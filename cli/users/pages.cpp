#include "users/pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"

namespace wsdeep::users {

std::string count_of_users(std::uint64_t count) {
  return fmt::format("{} user{}", count, count == 1 ? "" : "s");
}

const std::string& PageWatch::next(const std::string& token) {
  if (!token.empty() && !seen_.insert(std::hash<std::string>()(token)).second)
    throw Error(ErrorKind::kFailure, "the list has no end: the pool has sent the same page token twice",
                "is this Cognito? check --endpoint and AWS_ENDPOINT_URL");
  return token;
}

void for_each_user(const std::function<aws::UserPage(const std::string& page)>& read_page,
                   const std::function<bool(const aws::CognitoUser&)>& take) {
  PageWatch watch;
  std::string page;
  do {
    const aws::UserPage users = read_page(page);
    for (const aws::CognitoUser& user : users.users)
      if (!take(user)) return;
    page = watch.next(users.next);
  } while (!page.empty());
}

std::vector<std::string> groups_of(aws::Cognito& cognito, const std::string& pool, const std::string& username) {
  std::vector<std::string> names;
  PageWatch watch;
  std::string page;
  do {
    const aws::GroupPage groups = cognito.admin_list_groups_for_user(pool, username, kPage, page);
    for (const aws::CognitoGroup& group : groups.groups) names.push_back(group.name);
    page = watch.next(groups.next);
  } while (!page.empty());
  return names;
}

std::vector<aws::CognitoGroup> all_groups(aws::Cognito& cognito, const std::string& pool) {
  std::vector<aws::CognitoGroup> all;
  PageWatch watch;
  std::string page;
  do {
    aws::GroupPage groups = cognito.list_groups(pool, kPage, page);
    std::move(groups.groups.begin(), groups.groups.end(), std::back_inserter(all));
    page = watch.next(groups.next);
  } while (!page.empty());
  return all;
}

}  // namespace wsdeep::users
