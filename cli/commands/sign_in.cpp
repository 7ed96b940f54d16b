#include "commands/sign_in.h"

#include <fmt/format.h>

#include <iostream>

#include "auth/jwt.h"
#include "base/error.h"

namespace wsdeep::commands {
namespace {

constexpr std::int64_t kRefreshBeforeSeconds = 120;
constexpr std::size_t kMaxPasswordBytes = 256;  // Cognito's own limit

auth::SavedLogin login_from(const Target& target, const std::string& username, const aws::AuthResult& result,
                            const std::string& old_refresh_token, const Clock& clock) {
  auth::SavedLogin login;
  login.issuer = target.issuer();
  login.client_id = target.client_id;
  login.username = username;
  login.id_token = result.id_token;
  login.access_token = result.access_token;
  login.refresh_token = result.refresh_token.empty() ? old_refresh_token : result.refresh_token;
  login.expires_at = epoch_seconds(clock.now()) + result.expires_in;
  return login;
}

Error not_signed_in(const Target& target, const std::string& username) {
  const std::string who = username.empty() ? "" : fmt::format(" as '{}'", username);
  return {ErrorKind::kRefused,
          fmt::format("not signed in{} at {}", who, target.local ? "the local system" : target.url),
          fmt::format("sign in with: wsdeep login {}", username.empty() ? "USER" : username)};
}

}  // namespace

auth::LoginStore login_store(Context& context) {
  return {context.files, context.state_folder() / "logins.json"};
}

auth::SavedLogin sign_in(const Target& target, Context& context, const std::string& username,
                         const std::string& password) {
  CognitoAccess access(target, context);
  const aws::AuthResult result = access.cognito.initiate_auth("USER_PASSWORD_AUTH", target.client_id,
                                                              {{"USERNAME", username}, {"PASSWORD", password}});
  if (!result.challenge.empty())
    throw Error(ErrorKind::kRefused,
                fmt::format("cannot sign in '{}': the pool asks for {}", username, result.challenge),
                result.challenge == "NEW_PASSWORD_REQUIRED"
                    ? fmt::format("set a permanent password with: wsdeep users set-password {}", username)
                    : "");
  const auth::SavedLogin login = login_from(target, username, result, {}, context.clock);
  login_store(context).save(login);
  return login;
}

auth::SavedLogin current_login(const Target& target, Context& context, const std::string& username) {
  auth::LoginStore store = login_store(context);
  const auto saved = store.find(target.issuer(), target.client_id, username);
  if (!saved) throw not_signed_in(target, username);
  if (saved->expires_at - epoch_seconds(context.clock.now()) > kRefreshBeforeSeconds) return *saved;
  CognitoAccess access(target, context);
  try {
    const aws::AuthResult result =
        access.cognito.initiate_auth("REFRESH_TOKEN_AUTH", target.client_id, {{"REFRESH_TOKEN", saved->refresh_token}});
    const auth::SavedLogin login = login_from(target, saved->username, result, saved->refresh_token, context.clock);
    store.save(login);
    return login;
  } catch (const aws::ServiceError& error) {
    if (error.kind() != ErrorKind::kRefused) throw;
    throw Error(ErrorKind::kRefused, fmt::format("the sign-in of '{}' has ended: {}", saved->username, error.detail()),
                fmt::format("sign in again with: wsdeep login {}", saved->username));
  }
}

std::string read_password(const Context& context, bool from_stdin, const std::string& prompt) {
  std::string password;
  if (from_stdin) {
    std::getline(std::cin, password);
  } else if (const auto value = context.env.get("WSDEEP_PASSWORD")) {
    password = *value;
  } else {
    password = context.console.ask_secret(prompt, "--password-stdin or WSDEEP_PASSWORD");
  }
  if (password.empty()) throw Error(ErrorKind::kUsage, "the password is empty");
  if (password.size() > kMaxPasswordBytes)
    throw Error(ErrorKind::kUsage, fmt::format("the password is longer than {} bytes", kMaxPasswordBytes));
  return password;
}

}  // namespace wsdeep::commands
