#pragma once

#include <string>

#include "session/loop_link.h"
#include "terminal/context.h"
#include "users/target.h"

namespace wsdeep::commands {

/// The target's stage.
session::Endpoint chat_endpoint(const users::Target& target);
/// The saved sign-in of `user`, as it is or refreshed. What it refers to must outlive the sessions that use it.
session::TokenSource chat_token(const users::Target& target, Context& context, const std::string& user);

}  // namespace wsdeep::commands
