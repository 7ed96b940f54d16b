#include "users/cognito_errors.h"

#include <fmt/format.h>

#include <string_view>

#include "base/printable.h"

namespace wsdeep::users {
namespace {

/// A refusal by its code and, where one code says several things, by a part of its text. The first row that fits
/// counts. `{}` in a hint is the user.
struct Meaning {
  std::string_view code;
  std::string_view part;
  ErrorKind kind;
  std::string_view hint;
};

constexpr Meaning kMeanings[] = {
    {"NotAuthorizedException", "SECRET_HASH", ErrorKind::kRefused,
     "set WSDEEP_CLIENT_SECRET to the app client's secret"},
    {"NotAuthorizedException", "secret hash", ErrorKind::kRefused,
     "WSDEEP_CLIENT_SECRET is not this app client's secret: check it and --client-id"},
    {"NotAuthorizedException", "disabled", ErrorKind::kRefused, "an administrator can run: wsdeep users enable {}"},
    {"NotAuthorizedException", "expired", ErrorKind::kRefused,
     "an administrator can run: wsdeep users set-password {} --temporary"},
    {"NotAuthorizedException", "", ErrorKind::kRefused, "check the user name, the password and the pool"},
    {"PasswordResetRequiredException", "", ErrorKind::kRefused,
     "an administrator can run: wsdeep users set-password {}"},
    {"UserNotConfirmedException", "", ErrorKind::kRefused, "an administrator can run: wsdeep users set-password {}"},
    {"CodeMismatchException", "", ErrorKind::kRefused,
     "sign in again, with the code that the app shows then, or that is sent then (--mfa-code - reads it from stdin)"},
    {"ExpiredCodeException", "", ErrorKind::kRefused, "sign in again: a code is good for a short time"},
    {"UserNotFoundException", "", ErrorKind::kNotFound, "see who there is with: wsdeep users list"},
    {"ResourceNotFoundException", "roup", ErrorKind::kNotFound, "see which there are with: wsdeep users group list"},
    {"ResourceNotFoundException", "", ErrorKind::kNotFound, "check --user-pool-id, --client-id and the region"},
    {"UsernameExistsException", "", ErrorKind::kFailure, "see the user with: wsdeep users show {}"},
    {"AliasExistsException", "", ErrorKind::kFailure, "another user has this e-mail address, verified"},
    {"InvalidParameterException", "not enabled", ErrorKind::kRefused,
     "the app client does not allow this flow: leave --flow out, or allow it in the client's ExplicitAuthFlows (for "
     "--flow password: auth.password_sign_in: true in wsdeep.yaml, and deploy)"},
    {"InvalidPasswordException", "", ErrorKind::kUsage, "choose another password"},
};

}  // namespace

Error explain(const aws::ServiceError& refusal, const std::string& operation, const std::string& username) {
  const std::string& cause = refusal.detail().empty() ? refusal.code() : refusal.detail();
  for (const Meaning& meaning : kMeanings)
    if (meaning.code == refusal.code() && refusal.detail().find(meaning.part) != std::string::npos)
      return {meaning.kind, printable(operation + ": " + cause),
              fmt::format(fmt::runtime(meaning.hint), username.empty() ? "USER" : printable(username))};
  return {refusal.kind(), printable(operation + ": " + cause), refusal.hint()};
}

}  // namespace wsdeep::users
