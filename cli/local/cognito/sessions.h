#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "local/store/sqlite.h"

namespace wsdeep::local {

/// One sign-in: all tokens that come from it carry its `origin_jti`.
struct SignInSession {
  std::string origin_jti;
  std::string username;
  std::string client_id;
  std::string scopes;             ///< as the hosted UI granted them, with blanks between; empty: signed in by the API
  std::int64_t auth_seconds = 0;  ///< `auth_time`
  std::int64_t expires_ms = 0;    ///< of the refresh token
  bool revoked = false;
  std::int64_t token_until_ms = 0;  ///< of the refresh token that it was found by: good until then; 0: not rotated out
};

/// Sign-ins whose refresh token has not expired, with every refresh token that they had. Of a refresh token only its
/// SHA-256 is kept. The tables of users have to be there first.
class SessionTable {
 public:
  explicit SessionTable(Database& database);

  void insert(const SignInSession& session, std::string_view refresh_token);
  std::optional<SignInSession> find(std::string_view origin_jti);
  std::optional<SignInSession> find_by_refresh_token(std::string_view token);
  /// Adds `fresh` to the sign-in and ends `old` at `until_ms`, unless it ends sooner already.
  void rotate(std::string_view origin_jti, std::string_view old, std::string_view fresh, std::int64_t until_ms);
  void revoke(std::string_view origin_jti);
  void revoke_all(std::string_view username);
  /// Forgets sign-ins that ended before `now_ms`.
  void remove_expired(std::int64_t now_ms);

 private:
  std::optional<SignInSession> find_one(Statement& statement, std::string_view key);
  void insert_token(std::string_view origin_jti, std::string_view token);

  Database& database_;
  Statement insert_, insert_token_, end_token_, by_jti_, by_token_, revoke_, revoke_all_, remove_expired_;
};

}  // namespace wsdeep::local
