#pragma once

#include <string>
#include <string_view>

/// Secure Remote Password (SRP-6a, RFC 5054), and Cognito's USER_SRP_AUTH on top of it: client and server prove to each
/// other that they know the password, or its verifier, and neither sends it.
namespace wsdeep::auth::srp {

/// A safe prime and a generator. Here and below numbers are big-endian bytes without leading zeros.
struct Group {
  std::string prime;
  std::string generator;
};
/// The 3072-bit group of RFC 5054 (RFC 3526's group 15) with generator 2.
const Group& cognito_group();

/// What both sides derive from public values; how depends on the dialect.
struct Multipliers {
  std::string k;  ///< from the group
  std::string u;  ///< from A and B
};

/// gᵃ, the client's public A; also gˣ, the verifier of a password whose hash is x.
std::string power_of_generator(const Group& group, std::string_view exponent);
/// k·v + gᵇ, the server's public B.
std::string server_public(const Group& group, std::string_view k, std::string_view verifier, std::string_view b);
/// (B − k·gˣ)^(a + u·x). Throws Error{kRefused} when B mod N or u is 0: such a server knows the result in advance.
std::string client_premaster(const Group& group, const Multipliers& multipliers, std::string_view x, std::string_view a,
                             std::string_view server_public);
/// (A·vᵘ)ᵇ. Throws Error{kRefused} when A mod N or u is 0: such a client needs no password.
std::string server_premaster(const Group& group, std::string_view u, std::string_view verifier, std::string_view b,
                             std::string_view client_public);

/// What Cognito's PASSWORD_VERIFIER challenge carries.
struct Challenge {
  std::string user_id;              ///< USER_ID_FOR_SRP
  std::string salt_hex;             ///< SALT
  std::string server_public_hex;    ///< SRP_B
  std::string secret_block_base64;  ///< SECRET_BLOCK
};

/// The part of a pool's id after the `_`: it goes into the password's hash and into the claim.
std::string pool_name(std::string_view pool_id);

/// base64(HMAC-SHA256(key, poolName ‖ userId ‖ secretBlock ‖ timestamp)): PASSWORD_CLAIM_SIGNATURE. `timestamp` is in
/// the form of cognito_timestamp(). Throws Error{kRefused} when the secret block is not base64.
std::string claim_signature(std::string_view key, std::string_view pool_name, const Challenge& challenge,
                            std::string_view timestamp);

/// One sign-in of a client.
class Client {
 public:
  /// With a random private value.
  explicit Client(std::string_view pool_id);
  /// With a chosen one, for test vectors.
  Client(std::string_view pool_id, std::string private_value);

  /// SRP_A.
  std::string public_hex() const;
  /// PASSWORD_CLAIM_SIGNATURE. Throws Error{kRefused} for a challenge that no honest server sends.
  std::string answer(const Challenge& challenge, std::string_view password, std::string_view timestamp) const;

 private:
  std::string pool_name_;
  std::string a_;
  std::string public_;
};

/// What a server keeps instead of a password.
struct Verifier {
  std::string salt_hex;
  std::string verifier_hex;
};
/// With a random salt.
Verifier make_verifier(std::string_view pool_id, std::string_view user_id, std::string_view password);
/// With a chosen one, for test vectors.
Verifier make_verifier(std::string_view pool_id, std::string_view user_id, std::string_view password,
                       std::string_view salt_hex);

/// One sign-in at a server, from the challenge to its answer.
class Server {
 public:
  /// `client_public_hex` is SRP_A. Throws Error{kRefused} when it is not a number that a client may send.
  Server(std::string_view pool_id, Verifier verifier, std::string_view client_public_hex);
  Server(std::string_view pool_id, Verifier verifier, std::string_view client_public_hex, std::string private_value);

  /// SRP_B.
  std::string public_hex() const;
  /// True when `signature` could only be made with the password. `challenge` is the one that was sent.
  bool accepts(const Challenge& challenge, std::string_view timestamp, std::string_view signature) const;

 private:
  std::string pool_name_;
  Verifier verifier_;
  std::string b_;
  std::string client_public_;
  std::string public_;
};

}  // namespace wsdeep::auth::srp
