#pragma once

#include <string>

#include "auth/saved_login.h"
#include "commands/context.h"
#include "commands/target.h"

namespace wsdeep::commands {

/// `logins.json` in the state folder.
auth::LoginStore login_store(Context& context);

/// Signs in with a password and saves the tokens.
auth::SavedLogin sign_in(const Target& target, Context& context, const std::string& username,
                         const std::string& password);

/// The saved login of `username` (empty: the one used last), refreshed when less than two minutes of it are left.
/// Throws Error{kRefused} with a hint when there is none, or when it cannot be refreshed any more.
auth::SavedLogin current_login(const Target& target, Context& context, const std::string& username);

/// A password from where the manners allow it: stdin (one line, when `from_stdin`), WSDEEP_PASSWORD, or the prompt.
std::string read_password(const Context& context, bool from_stdin, const std::string& prompt);

}  // namespace wsdeep::commands
