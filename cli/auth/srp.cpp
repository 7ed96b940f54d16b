#include "auth/srp.h"

#include <optional>

#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"

// Cognito's dialect of SRP-6a. Its clients are written with signed big integers, and numbers are hashed as those print
// themselves: big-endian, with a zero byte in front when the first bit is set (`padded` below). With H = SHA-256:
//
//   k = H(padded N ‖ padded g)
//   x = H(padded salt ‖ H(poolName ‖ userId ‖ ":" ‖ password))        verifier v = g^x
//   u = H(padded A ‖ padded B)
//   S = (B − k·g^x)^(a + u·x)  at the client,  (A·v^u)^b  at the server
//   key = HKDF-SHA256(secret: padded S, salt: padded u, info: "Caldera Derived Key"), 16 bytes
//
// The client shows that it has the key by signing poolName ‖ userId ‖ secretBlock ‖ timestamp with it. The secret block
// is opaque: the server's own, encrypted memory of the challenge.

namespace wsdeep::auth::srp {
namespace {

constexpr std::size_t kPrivateBytes = 128;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kMaxHexDigits = 1024;
constexpr std::size_t kKeyBytes = 16;

std::string without_leading_zeros(std::string_view bytes) {
  return std::string(bytes.substr(std::min(bytes.find_first_not_of('\0'), bytes.size())));
}

std::string padded(std::string_view number) {
  std::string bytes = without_leading_zeros(number);
  const bool high_bit = !bytes.empty() && (static_cast<unsigned char>(bytes.front()) & 0x80) != 0;
  if (bytes.empty() || high_bit) bytes.insert(bytes.begin(), '\0');
  return bytes;
}

/// Hexadecimal of any length, as big-integer libraries print it.
std::string read_number(std::string_view text, const char* name) {
  const std::string even = text.size() % 2 == 0 ? std::string(text) : "0" + std::string(text);
  const auto bytes = text.empty() || text.size() > kMaxHexDigits ? std::nullopt : from_hex(even);
  if (!bytes) throw Error(ErrorKind::kRefused, std::string(name) + " is not a hexadecimal number");
  return without_leading_zeros(*bytes);
}

std::string print_number(std::string_view number) {
  std::string text = hex(number);
  if (text.starts_with('0')) text.erase(0, 1);
  return text.empty() ? "0" : text;
}

const std::string& multiplier() {
  static const std::string k =
      without_leading_zeros(sha256(padded(cognito_group().prime) + padded(cognito_group().generator)));
  return k;
}

std::string scrambler(std::string_view client_public, std::string_view server_public) {
  return without_leading_zeros(sha256(padded(client_public) + padded(server_public)));
}

std::string password_hash(std::string_view pool, std::string_view user_id, std::string_view password,
                          std::string_view salt) {
  std::string identity(pool);
  identity.append(user_id).append(":").append(password);
  return sha256(padded(salt) + sha256(identity));
}

std::string derive_key(std::string_view premaster, std::string_view u) {
  const std::string extracted = hmac_sha256(padded(u), padded(premaster));
  return hmac_sha256(extracted, "Caldera Derived Key\1").substr(0, kKeyBytes);
}

/// The bytes of a secret block. Dashes are passed over, as the public client libraries do it with all that is not
/// base64: moto sends a UUID.
std::optional<std::string> decode_block(std::string text) {
  std::erase(text, '-');
  return from_base64(text);
}

}  // namespace

std::string pool_name(std::string_view pool_id) {
  const std::size_t underscore = pool_id.find('_');
  return std::string(underscore == std::string_view::npos ? pool_id : pool_id.substr(underscore + 1));
}

std::string claim_signature(std::string_view key, std::string_view pool, const Challenge& challenge,
                            std::string_view timestamp) {
  const auto block = decode_block(challenge.secret_block_base64);
  if (!block) throw Error(ErrorKind::kRefused, "SECRET_BLOCK is not base64");
  std::string message(pool);
  message.append(challenge.user_id).append(*block).append(timestamp);
  return base64(hmac_sha256(key, message));
}

Client::Client(std::string_view pool_id) : Client(pool_id, random_bytes(kPrivateBytes)) {}

Client::Client(std::string_view pool_id, std::string private_value)
    : pool_name_(pool_name(pool_id)), a_(std::move(private_value)), public_(power_of_generator(cognito_group(), a_)) {}

std::string Client::public_hex() const {
  return print_number(public_);
}

std::string Client::answer(const Challenge& challenge, std::string_view password, std::string_view timestamp) const {
  const std::string server_public = read_number(challenge.server_public_hex, "SRP_B");
  const std::string salt = read_number(challenge.salt_hex, "SALT");
  const Multipliers multipliers{multiplier(), scrambler(public_, server_public)};
  const std::string x = password_hash(pool_name_, challenge.user_id, password, salt);
  const std::string premaster = client_premaster(cognito_group(), multipliers, x, a_, server_public);
  return claim_signature(derive_key(premaster, multipliers.u), pool_name_, challenge, timestamp);
}

Verifier make_verifier(std::string_view pool_id, std::string_view user_id, std::string_view password) {
  return make_verifier(pool_id, user_id, password, hex(random_bytes(kSaltBytes)));
}

Verifier make_verifier(std::string_view pool_id, std::string_view user_id, std::string_view password,
                       std::string_view salt_hex) {
  const std::string x = password_hash(pool_name(pool_id), user_id, password, read_number(salt_hex, "the salt"));
  return {std::string(salt_hex), hex(power_of_generator(cognito_group(), x))};
}

Server::Server(std::string_view pool_id, Verifier verifier, std::string_view client_public_hex)
    : Server(pool_id, std::move(verifier), client_public_hex, random_bytes(kPrivateBytes)) {}

Server::Server(std::string_view pool_id, Verifier verifier, std::string_view client_public_hex,
               std::string private_value)
    : pool_name_(pool_name(pool_id)),
      verifier_(std::move(verifier)),
      b_(std::move(private_value)),
      client_public_(read_number(client_public_hex, "SRP_A")),
      public_(server_public(cognito_group(), multiplier(), read_number(verifier_.verifier_hex, "the verifier"), b_)) {
  // Refuse a malicious A now, before a challenge is made for it.
  server_premaster(cognito_group(), std::string(1, '\1'), std::string(1, '\1'), std::string(1, '\1'), client_public_);
}

std::string Server::public_hex() const {
  return print_number(public_);
}

bool Server::accepts(const Challenge& challenge, std::string_view timestamp, std::string_view signature) const {
  const std::string u = scrambler(client_public_, public_);
  const std::string verifier = read_number(verifier_.verifier_hex, "the verifier");
  const std::string key = derive_key(server_premaster(cognito_group(), u, verifier, b_, client_public_), u);
  return constant_time_equal(claim_signature(key, pool_name_, challenge, timestamp), signature);
}

}  // namespace wsdeep::auth::srp
