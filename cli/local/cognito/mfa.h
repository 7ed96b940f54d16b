#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "local/store/sqlite.h"

namespace wsdeep::local {

inline constexpr const char* kSoftwareTokenMfa = "SOFTWARE_TOKEN_MFA";
inline constexpr const char* kSmsMfa = "SMS_MFA";

/// The pool's rules for a second factor.
struct MfaSettings {
  std::string configuration = "OFF";  ///< OFF, OPTIONAL or ON
  bool totp = false;                  ///< codes of an authenticator app
  bool sms = false;                   ///< codes in a message
  std::string sms_message;            ///< its text; `{####}` stands for the code
};
MfaSettings read_mfa_settings(Database& database);
void write_mfa_settings(Database& database, const MfaSettings& settings);

/// One user's second factors.
struct UserMfa {
  std::string totp_pending;         ///< a secret that was given out and not proven yet, in base32
  std::string totp_secret;          ///< the proven one, in base32; empty: none
  std::int64_t totp_last_step = 0;  ///< of the last code that was taken: none is good twice
  bool totp_enabled = false;
  bool sms_enabled = false;
  std::string preferred;  ///< SOFTWARE_TOKEN_MFA, SMS_MFA, or empty
};

/// Users' second factors. The tables of users have to be there first; a deleted user's goes too.
class MfaTable {
 public:
  explicit MfaTable(Database& database);

  UserMfa find(std::string_view username);
  void save(std::string_view username, const UserMfa& mfa);

 private:
  Statement find_, save_;
};

}  // namespace wsdeep::local
