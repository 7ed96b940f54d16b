#include "users/new_user.h"

namespace wsdeep::users {

std::string first_password(const NewUser& user) {
  constexpr std::size_t kLongest = 256;
  if (user.temporary) return user.password;
  // Longer than the password, and with the same characters in it, it meets every policy that the password meets.
  return user.password.size() < kLongest ? user.password + "+" : "";
}

aws::CreateUser creation_of(const NewUser& user) {
  aws::CreateUser request{user.username, user.attributes, first_password(user), true};
  if (request.attributes.contains("email")) request.attributes.emplace("email_verified", "true");
  return request;
}

void complete_user(aws::Cognito& cognito, const std::string& pool, const NewUser& user) {
  if (!user.temporary) cognito.admin_set_user_password(pool, user.username, user.password, true);
  for (const std::string& group : user.groups) cognito.admin_add_user_to_group(pool, user.username, group);
}

}  // namespace wsdeep::users
