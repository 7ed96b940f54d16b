#include "handlers/rest_gate.h"

#include "auth/token_parts.h"
#include "auth/token_sources.h"
#include "base/error.h"
#include "base/log.h"
#include "chat/rest_chat.h"
#include "handlers/config.h"

namespace wsdeep::handlers {
namespace {

using auth::TokenFault;

/// In the words that the document's clients know.
std::string_view words_of(TokenFault fault) {
  switch (fault) {
    case TokenFault::kExpired:
      return "token has expired";
    case TokenFault::kNotYetValid:
      return "token is not valid yet";
    case TokenFault::kAlgorithm:
      return "algorithm is not accepted";
    case TokenFault::kUnknownKey:
      return "key is unknown";
    case TokenFault::kSignature:
      return "signature does not match";
    case TokenFault::kIssuer:
      return "issuer is not accepted";
    case TokenFault::kAudience:
      return "audience is not accepted";
    case TokenFault::kTokenUse:
      return "token use is not accepted";
    case TokenFault::kSubject:
      return "claim 'sub' is missing";
    default:
      return "token is malformed";
  }
}

[[noreturn]] void refuse_token(std::string_view why, std::string_view cause) {
  chat::RestRefusal refusal{401, "Invalid id_token: " + std::string(why), "", ""};
  refusal.cause = cause;
  throw chat::RestRefusal(std::move(refusal));
}

/// What the document wants a token to name.
void check_required(const auth::TokenClaims& claims) {
  if (claims.username.empty()) refuse_token("claim 'username' is missing", "no_username");
  if (claims.email.empty() && claims.token_use != "access") refuse_token("claim 'email' is missing", "no_email");
}

SecretPlace hs256_secret(const Env& env) {
  return {"the HS256 secret", env.get_or("HS256_SECRET_ID", ""), env.get_or("HS256_SECRET_FILE", ""),
          auth::kMinSecretBytes, "a shorter one could be guessed: make one with openssl rand -hex 32"};
}

std::optional<std::string> shared_issuer(const Env& env, SecretText& secret, const std::string& pool_issuer) {
  if (!secret.is_set()) return std::nullopt;
  std::string issuer = env.get_or("HS256_ISSUER", "");
  if (issuer == pool_issuer)
    throw Error(ErrorKind::kUsage, "HS256_ISSUER is the user pool's issuer, whose tokens are checked with its keys");
  if (secret.text().size() < auth::kGoodSecretBytes)
    log_warn("the HS256 secret has less than 32 bytes, which RFC 7518 asks for", {});
  return issuer;
}

}  // namespace

RestGate::RestGate(const Env& env, const Clock& clock)
    : clock_(clock),
      pool_(env, clock),
      secret_(env, clock, hs256_secret(env)),
      shared_issuer_(shared_issuer(env, secret_, pool_.issuer())),
      may_name_pool_users_(env.get_or("HS256_POOL_USERS", "") == "true"),
      origins_(list(env, "ALLOWED_ORIGINS")) {}

/// The issuer that a token names says how it is checked, never its algorithm: each of the two takes one only.
auth::TokenVerdict RestGate::verify(std::string_view token) {
  if (shared_issuer_) {
    const auto parts = auth::parse_token(token);
    if (!parts) return {TokenFault::kMalformed, {}, {}};
    if (parts->issuer == *shared_issuer_) {
      auth::TokenVerdict verdict = verify_shared(token);
      if (verdict && !may_name_pool_users_ && auth::is_pool_subject(verdict.claims.subject))
        refuse_token("claim 'sub' is a pool user's", "pool_subject");
      return verdict;
    }
  }
  return pool_.verify(token);
}

auth::TokenVerdict RestGate::verify_shared(std::string_view token) {
  auth::SharedSecretRules rules{*shared_issuer_, secret_.text()};
  auth::TokenVerdict verdict = auth::verify_shared_secret(token, rules, clock_.now());
  if (verdict.fault != TokenFault::kSignature) return verdict;
  // Its issuer may sign with another by now.
  std::string anew = secret_.text(true);
  if (anew == rules.secret) return verdict;
  rules.secret = std::move(anew);
  return auth::verify_shared_secret(token, rules, clock_.now());
}

Caller RestGate::admit(const wire::HttpEvent& event) {
  std::optional<std::string> token;
  bool by_cookie = false;
  const bool by_header = !wire::header_of(event, "id_token").empty();
  if (by_header) {
    token = std::string(wire::header_of(event, "id_token"));
  } else {
    const net::Headers headers = {{"cookie", std::string(wire::header_of(event, "cookie"))},
                                  {"authorization", std::string(wire::header_of(event, "authorization"))}};
    token = auth::find_cookie_token(headers);
    by_cookie = token.has_value();
    if (!token) token = auth::find_token(headers, {}, false);
  }
  if (!token) refuse_token("token is missing", "no_token");
  if (by_cookie && wire::header_of(event, "sec-fetch-site") == "cross-site" &&
      !auth::origin_allowed(wire::header_of(event, "origin"), origins_))
    throw chat::RestRefusal{403, "Origin is not allowed", "", ""};
  const auth::TokenVerdict verdict = verify(*token);
  if (verdict.fault == TokenFault::kKeysUnavailable)
    throw chat::RestRefusal{500, "Internal server error", "The keys of the token's issuer cannot be fetched.", ""};
  if (!verdict) refuse_token(words_of(verdict.fault), auth::name_of(verdict.fault));
  if (by_header && verdict.claims.token_use == "access")
    refuse_token(words_of(TokenFault::kTokenUse), "access token in id_token");
  check_required(verdict.claims);
  return {verdict.claims.subject, verdict.claims.username};
}

}  // namespace wsdeep::handlers
