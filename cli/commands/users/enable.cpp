#include "commands/users/change.h"
#include "commands/users/commands.h"

namespace wsdeep::commands {

void add_users_enable(const Command& users, Context& context) {
  add_user_change(users, context,
                  {"enable", "Let users sign in again", "enable", "enabled", &aws::Cognito::admin_enable_user});
}

}  // namespace wsdeep::commands
