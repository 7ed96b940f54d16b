#pragma once

#include <string>
#include <string_view>

namespace wsdeep::local {

/// What is kept of a password: its SRP verifier, by which a sign-in with the password is checked as well as one
/// without. A second, slower hash beside it would protect nothing, since who steals the database guesses against the
/// verifier.
struct PasswordRecord {
  std::string srp_salt;  ///< random for every password that is set: tells one from the next
  std::string srp_verifier;
};

/// A few milliseconds of arithmetic: not for the event loop's thread. `username` as USER_ID_FOR_SRP tells it.
PasswordRecord make_password_record(std::string_view pool_id, std::string_view username, std::string_view password);
/// As long, whatever `record` is.
bool password_matches(std::string_view pool_id, std::string_view username, std::string_view password,
                      const PasswordRecord& record);
/// For a name that nobody has: a verifier that no password fits, and always the same salt, as a real user's stays the
/// same. `secret` is the pool's.
PasswordRecord record_of_nobody(std::string_view secret, std::string_view login);

constexpr int kMinimumPasswordLength = 8;
/// How long a password that an administrator gave out can be used to sign in.
constexpr int kTemporaryPasswordDays = 7;
/// ApiFault InvalidPasswordException in Cognito's words, or InvalidParameterException for blanks and excess length.
void require_password_policy(std::string_view password);

}  // namespace wsdeep::local
