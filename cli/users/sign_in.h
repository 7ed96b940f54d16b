#pragma once

#include <stop_token>
#include <string>

#include "auth/saved_login.h"
#include "auth/sign_in_flow.h"
#include "base/error.h"
#include "terminal/context.h"
#include "users/cognito_access.h"

namespace wsdeep::users {

/// `logins.json` in the state folder.
auth::LoginStore login_store(Context& context);

/// The target's pool and client; the client's secret comes from WSDEEP_CLIENT_SECRET.
auth::PoolClient pool_client(const Target& target, const Context& context);

/// Saves what a sign-in came back with. The user is called as the pool calls him, or `username` where it does not say.
auth::SavedLogin save_tokens(const Target& target, Context& context, const std::string& username,
                             const aws::AuthResult& result);

/// Signs in and saves the tokens. Refusals come out explained.
auth::SavedLogin sign_in(const Target& target, Context& context, auth::SignInFlow flow, const std::string& username,
                         const std::string& password, auth::ChallengeAnswers& answers);

/// The saved login of `username` (empty: the one used last), refreshed when less than two minutes of it are left.
/// Throws Error{kRefused} with a hint when there is none, or when it cannot be refreshed any more. Gives up at once
/// when it is told to.
auth::SavedLogin current_login(const Target& target, Context& context, const std::string& username,
                               const std::stop_token& cancel = {});

}  // namespace wsdeep::users
