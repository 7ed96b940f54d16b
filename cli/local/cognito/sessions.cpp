#include "local/cognito/sessions.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace wsdeep::local {
namespace {

Database& with_session_tables(Database& database) {
  database.execute(
      "CREATE TABLE IF NOT EXISTS cognito_sessions (origin_jti TEXT PRIMARY KEY, refresh_sha256 BLOB NOT NULL UNIQUE, "
      "username TEXT NOT NULL COLLATE NOCASE REFERENCES cognito_users (username) ON DELETE CASCADE, "
      "auth_seconds INTEGER NOT NULL, expires_ms INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0);"
      "CREATE INDEX IF NOT EXISTS cognito_sessions_user ON cognito_sessions (username);"
      "CREATE INDEX IF NOT EXISTS cognito_sessions_end ON cognito_sessions (expires_ms)");
  // Earlier versions had one client and no hosted UI.
  if (!database.has_column("cognito_sessions", "client_id"))
    database.execute(
        "ALTER TABLE cognito_sessions ADD COLUMN scopes TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE cognito_sessions ADD COLUMN client_id TEXT NOT NULL DEFAULT '';"
        "UPDATE cognito_sessions SET client_id = (SELECT client_id FROM cognito_pool)");
  // Nor did they rotate refresh tokens.
  database.execute(
      "CREATE TABLE IF NOT EXISTS cognito_refresh_tokens (sha256 BLOB PRIMARY KEY, origin_jti TEXT NOT NULL "
      "REFERENCES cognito_sessions (origin_jti) ON DELETE CASCADE, until_ms INTEGER NOT NULL DEFAULT 0);"
      "CREATE INDEX IF NOT EXISTS cognito_refresh_tokens_session ON cognito_refresh_tokens (origin_jti);"
      "INSERT OR IGNORE INTO cognito_refresh_tokens (sha256, origin_jti) "
      "SELECT refresh_sha256, origin_jti FROM cognito_sessions");
  return database;
}

constexpr const char* kSelectSession =
    "SELECT s.origin_jti, s.username, s.client_id, s.scopes, s.auth_seconds, s.expires_ms, s.revoked, ";

}  // namespace

SessionTable::SessionTable(Database& database)
    : database_(with_session_tables(database)),
      insert_(database,
              "INSERT INTO cognito_sessions (origin_jti, refresh_sha256, username, auth_seconds, expires_ms, "
              "client_id, scopes) VALUES (?, ?, ?, ?, ?, ?, ?)"),
      insert_token_(database, "INSERT INTO cognito_refresh_tokens (sha256, origin_jti) VALUES (?, ?)"),
      end_token_(database, "UPDATE cognito_refresh_tokens SET until_ms = ? WHERE sha256 = ? AND until_ms = 0"),
      by_jti_(database, fmt::format("{} 0 FROM cognito_sessions s WHERE s.origin_jti = ?", kSelectSession)),
      by_token_(database, fmt::format("{} t.until_ms FROM cognito_refresh_tokens t JOIN cognito_sessions s "
                                      "ON s.origin_jti = t.origin_jti WHERE t.sha256 = ?",
                                      kSelectSession)),
      revoke_(database, "UPDATE cognito_sessions SET revoked = 1 WHERE origin_jti = ?"),
      revoke_all_(database, "UPDATE cognito_sessions SET revoked = 1 WHERE username = ?"),
      remove_expired_(database, "DELETE FROM cognito_sessions WHERE expires_ms < ?") {}

void SessionTable::insert(const SignInSession& session, std::string_view refresh_token) {
  const std::string digest = sha256(refresh_token);  // the token is random: a plain hash is enough
  Transaction transaction(database_);
  insert_.bind(1, session.origin_jti)
      .bind_blob(2, digest)
      .bind(3, session.username)
      .bind(4, session.auth_seconds)
      .bind(5, session.expires_ms)
      .bind(6, session.client_id)
      .bind(7, session.scopes)
      .run();
  insert_token(session.origin_jti, refresh_token);
  transaction.commit();
}

void SessionTable::insert_token(std::string_view origin_jti, std::string_view token) {
  const std::string digest = sha256(token);
  insert_token_.bind_blob(1, digest).bind(2, origin_jti).run();
}

void SessionTable::rotate(std::string_view origin_jti, std::string_view old, std::string_view fresh,
                          std::int64_t until_ms) {
  const std::string digest = sha256(old);
  Transaction transaction(database_);
  insert_token(origin_jti, fresh);
  end_token_.bind(1, until_ms).bind_blob(2, digest).run();
  transaction.commit();
}

std::optional<SignInSession> SessionTable::find_one(Statement& statement, std::string_view key) {
  const Running running(statement);
  if (&statement == &by_token_)
    statement.bind_blob(1, key);
  else
    statement.bind(1, key);
  if (!statement.step()) return std::nullopt;
  return SignInSession{statement.text(0),    statement.text(1),    statement.text(2),         statement.text(3),
                       statement.integer(4), statement.integer(5), statement.integer(6) != 0, statement.integer(7)};
}

std::optional<SignInSession> SessionTable::find(std::string_view origin_jti) {
  return find_one(by_jti_, origin_jti);
}

std::optional<SignInSession> SessionTable::find_by_refresh_token(std::string_view token) {
  return find_one(by_token_, sha256(token));
}

void SessionTable::revoke(std::string_view origin_jti) {
  revoke_.bind(1, origin_jti).run();
}

void SessionTable::revoke_all(std::string_view username) {
  revoke_all_.bind(1, username).run();
}

void SessionTable::remove_expired(std::int64_t now_ms) {
  remove_expired_.bind(1, now_ms).run();
}

}  // namespace wsdeep::local
