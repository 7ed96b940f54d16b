#pragma once

#include <string>
#include <vector>

#include "aws/cognito.h"
#include "base/clock.h"

namespace wsdeep::auth {

/// How a user proves the password. With kSrp it never leaves this machine; kAdmin is a signed call.
enum class SignInFlow { kSrp, kPassword, kAdmin };
/// The one called `srp`, `password` or `admin`. Throws Error{kUsage} for another name.
SignInFlow sign_in_flow(const std::string& name);

/// A pool as one of its app clients sees it.
struct PoolClient {
  std::string pool_id;
  std::string client_id;
  std::string client_secret;  ///< empty for a public client
};

/// Who answers what a pool asks between password and tokens: a person, or flags. Each may throw.
class ChallengeAnswers {
 public:
  virtual ~ChallengeAnswers() = default;
  /// The password that replaces the one an administrator gave out.
  virtual std::string new_password() = 0;
  /// A value that the pool requires of every user and this one does not have yet, such as `name`.
  virtual std::string required_attribute(const std::string& name) = 0;
  /// The code of `factor` (`SOFTWARE_TOKEN_MFA`, `SMS_MFA`, `EMAIL_OTP`): shown by an authenticator app, or in a
  /// message that went to `destination`.
  virtual std::string mfa_code(const std::string& factor, const std::string& destination) = 0;
  /// One of `choices`: `SOFTWARE_TOKEN_MFA`, `SMS_MFA`, `EMAIL_OTP`.
  virtual std::string choose_mfa(const std::vector<std::string>& choices) = 0;
};

/// Base64(HMAC-SHA256(secret, username ‖ client id)), which every call of a client with a secret carries.
std::string secret_hash(const PoolClient& client, const std::string& username);

/// Signs in, through every challenge; the result holds tokens. Throws aws::ServiceError as the pool refuses, and
/// Error{kRefused} for a challenge that needs more than a command line (`MFA_SETUP`, `CUSTOM_CHALLENGE`, devices).
aws::AuthResult sign_in(aws::Cognito& cognito, const PoolClient& client, SignInFlow flow, const std::string& username,
                        const std::string& password, ChallengeAnswers& answers, const Clock& clock);

/// New tokens for a refresh token, and a new one of these where the client rotates them: the old one then ends soon, so
/// save the new one at once. `username` as the pool knows it, which a client with a secret has to tell older stand-ins.
aws::AuthResult refresh(aws::Cognito& cognito, const PoolClient& client, const std::string& username,
                        const std::string& refresh_token);

}  // namespace wsdeep::auth
