#include "commands/new_user.h"

namespace wsdeep::commands {

aws::CreateUser creation_of(const NewUser& user) {
  aws::CreateUser request{user.username, user.attributes, {}, true};
  if (user.temporary) request.temporary_password = user.password;
  if (request.attributes.contains("email")) request.attributes.emplace("email_verified", "true");
  return request;
}

void complete_user(aws::Cognito& cognito, const std::string& pool, const NewUser& user) {
  if (!user.temporary) cognito.admin_set_user_password(pool, user.username, user.password, true);
  for (const std::string& group : user.groups) cognito.admin_add_user_to_group(pool, user.username, group);
}

}  // namespace wsdeep::commands
