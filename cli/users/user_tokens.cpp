#include "users/user_tokens.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <string_view>
#include <utility>

#include "auth/jwt.h"
#include "base/error.h"
#include "base/text.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::users {
namespace {

constexpr std::size_t kMaxTokenFile = std::size_t{1} << 30;

std::string token_line(const UserTokens& tokens) {
  return wire::JsonObject()
             .add("username", tokens.username)
             .add("idToken", tokens.id_token)
             .add("accessToken", tokens.access_token)
             .add("refreshToken", tokens.refresh_token)
             .add("expiresAt", tokens.expires_at)
             .text() +
         "\n";
}

void require_private_file(const std::string& path, const std::string& instead) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return;
  if (!S_ISREG(info.st_mode))
    throw Error(ErrorKind::kFailure, fmt::format("cannot use {}: it is not a file", path), instead);
  if ((info.st_mode & 077) != 0)
    throw Error(ErrorKind::kFailure, fmt::format("cannot use {}: it is to hold tokens, and others may read it", path),
                fmt::format("run: chmod 600 {}", path));
}

UserTokens read_token_line(std::string_view line) {
  const wire::Json document = wire::parse_json(line, "tokens");
  const wire::JsonFields fields(document);
  return {fields.text("username"), fields.text("idToken"), fields.text("accessToken"), fields.text("refreshToken"),
          fields.integer("expiresAt")};
}

}  // namespace

std::vector<UserTokens> read_user_tokens(const std::string& path, const Files& files, const std::string& instead) {
  require_private_file(path, instead);
  std::vector<UserTokens> all;
  const std::string text = files.read(path, kMaxTokenFile).value_or("");
  std::size_t number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    if (line.empty()) continue;
    try {
      all.push_back(read_token_line(line));
    } catch (const Error& error) {
      throw Error(ErrorKind::kFailure,
                  fmt::format("cannot use {}: it is not a file of tokens: line {}: {}", path, number, error.what()),
                  instead);
    }
  }
  return all;
}

void write_user_tokens(const std::string& path, const std::vector<UserTokens>& tokens, Files& files) {
  std::string text;
  for (const UserTokens& one : tokens) text += token_line(one);
  files.write(path, text, 0600);
}

std::optional<UserTokens> refresh_user_tokens(BulkWorker& worker, const auth::PoolClient& client, const UserTokens& old,
                                              const Clock& clock) {
  try {
    const auto claims = auth::read_token(old.id_token);
    const std::string name = claims ? claims->claims.username : old.username;
    const aws::AuthResult result = worker.call(Quota::kUserAuthentication, [&](aws::Cognito& cognito) {
      return auth::refresh(cognito, client, name, old.refresh_token);
    });
    return user_tokens_of(old.username, result, old.refresh_token, clock);
  } catch (const aws::ServiceError& error) {
    if (error.code() != "NotAuthorizedException" && error.code() != "RefreshTokenReuseException") throw;
    return std::nullopt;
  }
}

UserTokens user_tokens_of(const std::string& username, const aws::AuthResult& result,
                          const std::string& old_refresh_token, const Clock& clock) {
  return {username, result.id_token, result.access_token,
          result.refresh_token.empty() ? old_refresh_token : result.refresh_token,
          epoch_seconds(clock.now()) + result.expires_in};
}

}  // namespace wsdeep::users
