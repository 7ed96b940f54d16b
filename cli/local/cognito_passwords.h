#pragma once

#include <string>
#include <string_view>

namespace wsdeep::local {

/// What is kept of a password: its scrypt hash for sign-in with the password, and its SRP verifier for sign-in without.
struct PasswordRecord {
  std::string hash;  ///< `scrypt$N$r$p$salt$key`, salt and key in base64
  std::string srp_salt;
  std::string srp_verifier;
};

/// Slow on purpose (tens of milliseconds): not for the event loop's thread. `username` as USER_ID_FOR_SRP tells it.
PasswordRecord make_password_record(std::string_view pool_id, std::string_view username, std::string_view password,
                                    int scrypt_log2_n);
/// As slow, whatever `hash` is: false for a text that is no hash, after the time that checking one takes.
bool password_matches(std::string_view password, std::string_view hash);
/// The hash of a password that nobody knows, to be checked for users who do not exist.
std::string unmatchable_hash(int scrypt_log2_n);

constexpr int kMinimumPasswordLength = 8;
/// How long a password that an administrator gave out can be used to sign in.
constexpr int kTemporaryPasswordDays = 7;
/// ApiFault InvalidPasswordException in Cognito's words, or InvalidParameterException for blanks and excess length.
void require_password_policy(std::string_view password);
/// A random password that keeps the policy.
std::string make_temporary_password();

}  // namespace wsdeep::local
