#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

/// JSON Web Tokens as Cognito makes them: RS256 only (RFC 7515, RFC 7519;
/// https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html).
namespace wsdeep::auth {

/// Why a token is not accepted; each is told apart in the handler's log and by `wsdeep auth check`.
enum class TokenFault {
  kNone,
  kMalformed,   ///< not three base64url parts of JSON, or larger than 16 KiB
  kAlgorithm,   ///< `alg` is not RS256 (none, HS256 with the public key, …)
  kUnknownKey,  ///< no key has the token's `kid`
  kSignature,
  kIssuer,
  kAudience,  ///< `aud` (ID token) or `client_id` (access token) is not an accepted client
  kTokenUse,
  kExpired,
  kNotYetValid,  ///< `nbf` or `iat` lies in the future beyond the leeway
  kSubject,      ///< no `sub`: whoever has none would be one user with all others who have none
  kKeysUnavailable,
};
std::string_view name_of(TokenFault fault);

struct TokenClaims {
  std::string subject;
  std::string username;   ///< `cognito:username` or `username`
  std::string email;      ///< ID tokens only
  std::string token_use;  ///< `id` or `access`
  std::string client_id;  ///< `aud` or `client_id`
  std::vector<std::string> groups;
  std::int64_t issued_at = 0;   ///< epoch seconds
  std::int64_t expires_at = 0;  ///< epoch seconds
  std::string jti;
  std::string json;  ///< all claims, as they were signed
};

/// RSA public keys by `kid` (RFC 7517).
class KeySet {
 public:
  /// Ignores keys that are not RSA signature keys of 2048..8192 bits. Throws Error{kFailure} when it is not a JWKS.
  static KeySet parse(std::string_view jwks_json);
  KeySet();
  ~KeySet();
  KeySet(KeySet&&) noexcept;
  KeySet& operator=(KeySet&&) noexcept;
  bool contains(std::string_view kid) const;
  std::size_t size() const;
  /// RSASSA-PKCS1-v1_5 with SHA-256 over `signed_text`. False for an unknown kid too.
  bool verify(std::string_view kid, std::string_view signed_text, std::string_view signature) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a token must be to be accepted.
struct TokenRules {
  std::string issuer;
  std::vector<std::string> client_ids;
  std::vector<std::string> token_uses{"id", "access"};
  std::chrono::seconds leeway{60};
};

struct TokenVerdict {
  TokenFault fault = TokenFault::kNone;
  TokenClaims claims;  ///< filled as far as the token could be read; trust them only with kNone
  std::string kid;
  explicit operator bool() const { return fault == TokenFault::kNone; }
};

/// Checks everything: form, algorithm, key, signature, then the claims.
TokenVerdict verify_token(std::string_view token, const KeySet& keys, const TokenRules& rules, SystemTime now);
/// The token's parts without checking anything; for messages and for choosing a key. Nothing when it is malformed. Its
/// fault is kSignature, so that a token that nobody has verified never counts as accepted.
std::optional<TokenVerdict> read_token(std::string_view token);

/// Signs `claims_json` as an RS256 token with the PEM private key; for the local pool and for tests.
std::string sign_token(std::string_view claims_json, std::string_view kid, std::string_view private_key_pem);
/// A new RSA key of 2048 bits: PKCS#8 PEM.
std::string make_rsa_key();
/// `{"kty":"RSA","alg":"RS256","use":"sig","kid":…,"n":…,"e":…}` of a private or public PEM key.
std::string public_jwk(std::string_view key_pem, std::string_view kid);

}  // namespace wsdeep::auth
