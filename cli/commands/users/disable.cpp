#include "commands/users/change.h"
#include "commands/users/commands.h"

namespace wsdeep::commands {

void add_users_disable(const Command& users, Context& context) {
  add_user_change(users, context,
                  {"disable", "Keep users from signing in", "disable", "disabled", &aws::Cognito::admin_disable_user});
}

}  // namespace wsdeep::commands
