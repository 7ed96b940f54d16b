#include "users/pages.h"

#include <fmt/format.h>

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

}  // namespace wsdeep::users
