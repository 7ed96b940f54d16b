#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auth/sign_in_flow.h"
#include "base/clock.h"
#include "base/files.h"
#include "users/bulk_run.h"

/// A file of tokens of many users: JSON lines `{"username","idToken","accessToken","refreshToken","expiresAt"}`, which
/// nobody else may read.
namespace wsdeep::users {

struct UserTokens {
  std::string username;
  std::string id_token;
  std::string access_token;
  std::string refresh_token;
  std::int64_t expires_at = 0;  ///< epoch seconds, of the ID and the access token
};

/// All of them, in the file's order; none when there is no file. Throws Error{kFailure}, with `instead` as what to do,
/// for one that others may read, that is no file, or that does not hold tokens: then it names the line.
std::vector<UserTokens> read_user_tokens(const std::string& path, const Files& files, const std::string& instead);
void write_user_tokens(const std::string& path, const std::vector<UserTokens>& tokens, Files& files);

/// New tokens for the refresh token of `old`; nothing when that has ended.
std::optional<UserTokens> refresh_user_tokens(BulkWorker& worker, const auth::PoolClient& client, const UserTokens& old,
                                              const Clock& clock);
/// What a pool answered, of this user. A refresh without a new refresh token leaves the old one good.
UserTokens user_tokens_of(const std::string& username, const aws::AuthResult& result,
                          const std::string& old_refresh_token, const Clock& clock);

}  // namespace wsdeep::users
