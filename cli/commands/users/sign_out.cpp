#include "commands/users/change.h"
#include "commands/users/commands.h"

namespace wsdeep::commands {

void add_users_sign_out(const Command& users, Context& context) {
  add_user_change(users, context,
                  {"sign-out", "Sign users out everywhere: their refresh tokens end", "sign out", "signed out",
                   &aws::Cognito::admin_user_global_sign_out});
}

}  // namespace wsdeep::commands
