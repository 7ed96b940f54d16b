#include "local/cognito/mfa.h"

#include "local/cognito/pool.h"

namespace wsdeep::local {
namespace {

constexpr const char* kSmsMessage = "Your authentication code is {####}.";

Database& with_table(Database& database) {
  database.execute(
      "CREATE TABLE IF NOT EXISTS cognito_mfa (username TEXT PRIMARY KEY COLLATE NOCASE "
      "REFERENCES cognito_users (username) ON DELETE CASCADE, totp_pending TEXT NOT NULL, totp_secret TEXT NOT NULL, "
      "totp_last_step INTEGER NOT NULL, totp_enabled INTEGER NOT NULL, sms_enabled INTEGER NOT NULL, "
      "preferred TEXT NOT NULL)");
  return database;
}

}  // namespace

MfaSettings read_mfa_settings(Database& database) {
  MfaSettings settings;
  // Until they are changed, as in the pool that `wsdeep deploy` makes (templates/auth.yaml).
  settings.configuration = read_setting(database, "mfa_configuration", "OPTIONAL");
  settings.totp = read_setting(database, "mfa_totp", "yes") == "yes";
  settings.sms = read_setting(database, "mfa_sms", "no") == "yes";
  settings.sms_message = read_setting(database, "mfa_sms_message", kSmsMessage);
  return settings;
}

void write_mfa_settings(Database& database, const MfaSettings& settings) {
  Transaction transaction(database);
  write_setting(database, "mfa_configuration", settings.configuration);
  write_setting(database, "mfa_totp", settings.totp ? "yes" : "no");
  write_setting(database, "mfa_sms", settings.sms ? "yes" : "no");
  write_setting(database, "mfa_sms_message", settings.sms_message);
  transaction.commit();
}

MfaTable::MfaTable(Database& database)
    : find_(with_table(database),
            "SELECT totp_pending, totp_secret, totp_last_step, totp_enabled, sms_enabled, preferred FROM cognito_mfa "
            "WHERE username = ?"),
      save_(database, "INSERT OR REPLACE INTO cognito_mfa VALUES (?, ?, ?, ?, ?, ?, ?)") {}

UserMfa MfaTable::find(std::string_view username) {
  const Running running(find_);
  find_.bind(1, username);
  if (!find_.step()) return {};
  return {find_.text(0), find_.text(1), find_.integer(2), find_.integer(3) != 0, find_.integer(4) != 0, find_.text(5)};
}

void MfaTable::save(std::string_view username, const UserMfa& mfa) {
  save_.bind(1, username)
      .bind(2, mfa.totp_pending)
      .bind(3, mfa.totp_secret)
      .bind(4, mfa.totp_last_step)
      .bind(5, std::int64_t{mfa.totp_enabled})
      .bind(6, std::int64_t{mfa.sms_enabled})
      .bind(7, mfa.preferred)
      .run();
}

}  // namespace wsdeep::local
