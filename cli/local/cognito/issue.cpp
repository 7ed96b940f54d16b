#include "base/encoding.h"
#include "base/random.h"
#include "local/cognito/operations.h"

namespace wsdeep::local {
namespace {

std::vector<std::string> group_names(CognitoContext& context, const std::string& username) {
  constexpr int kMaxGroups = 100;
  std::vector<std::string> names;
  for (Group& group : context.groups.list(username, "", kMaxGroups)) names.push_back(std::move(group.name));
  return names;
}

}  // namespace

void issue_tokens(CognitoContext& context, const User& user, const SignInSession& session,
                  const std::string& refresh_token, const std::string& nonce, const TokenAnswer& answer) {
  TokenRequest request{context.issuer, user,  group_names(context, user.username),
                       session,        nonce, context.now_ms() / 1000};
  in_background(
      context, answer, [pool = context.pool, request = std::move(request)] { return make_tokens(*pool, request); },
      [sub = user.sub, session, refresh_token, answer](CognitoContext& later, const TokenPair& tokens) {
        // Deleted or disabled while we signed: no token leaves.
        const auto current = later.users.find_by_sub(sub);
        if (!current) throw wrong_password();
        if (!current->enabled) throw not_authorized("User is disabled.");
        if (!refresh_token.empty()) {
          later.sessions.remove_expired(later.now_ms());
          later.sessions.insert(session, refresh_token);
        }
        answer.done(later, tokens);
      });
}

SignInSession new_session(const CognitoContext& context, const User& user, const std::string& client_id) {
  const std::int64_t now_ms = context.now_ms();
  return {random_uuid(), user.username, client_id, "", now_ms / 1000, now_ms + kRefreshSeconds * 1000, false};
}

std::string new_refresh_token() {
  return base64url(random_bytes(96));
}

Renewal require_refresh_token(CognitoContext& context, const std::string& client_id, const std::string& token) {
  const auto session = context.sessions.find_by_refresh_token(token);
  if (!session || session->client_id != client_id) throw not_authorized("Invalid Refresh Token");
  if (session->revoked) throw not_authorized("Refresh Token has been revoked");
  if (session->token_until_ms != 0 && session->token_until_ms <= context.now_ms())
    throw ApiFault("RefreshTokenReuseException", "Refresh Token has been rotated and its grace period is over");
  if (session->expires_ms <= context.now_ms()) throw not_authorized("Refresh Token has expired");
  auto user = context.users.find(session->username);
  if (!user) throw not_authorized("Invalid Refresh Token");
  if (!user->enabled) throw not_authorized("User is disabled.");
  return {*session, *std::move(user)};
}

/// Looks again: another may have rotated it while tokens were signed.
std::string rotate_refresh_token(CognitoContext& context, const std::string& client_id, const std::string& token) {
  const Renewal renewal = require_refresh_token(context, client_id, token);
  const auto grace = context.options.rotation_grace;
  if (!grace) return "";
  std::string fresh = new_refresh_token();
  // Without a grace period it ends now; 0 would be for ever.
  const std::int64_t until_ms = context.now_ms() + std::chrono::milliseconds(*grace).count();
  context.sessions.rotate(renewal.session.origin_jti, token, fresh, until_ms);
  return fresh;
}

}  // namespace wsdeep::local
