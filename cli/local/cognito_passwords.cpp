#include "local/cognito_passwords.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>
#include <vector>

#include "auth/srp.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "local/api_fault.h"

namespace wsdeep::local {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kMaxPasswordBytes = 256;
constexpr std::string_view kSymbols = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= ";

struct Cost {
  std::int64_t n, r, p;
};

std::string derive(std::string_view password, std::string_view salt, const Cost& cost) {
  std::string key(kKeyBytes, '\0');
  // scrypt needs 128·N·r bytes and a little more; OpenSSL refuses above its limit, which is 32 MB unless told.
  const std::uint64_t memory = static_cast<std::uint64_t>(128 * cost.n * cost.r) + (1 << 20);
  if (EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()), salt.size(),
                     static_cast<std::uint64_t>(cost.n), static_cast<std::uint64_t>(cost.r),
                     static_cast<std::uint64_t>(cost.p), memory, reinterpret_cast<unsigned char*>(key.data()),
                     key.size()) != 1)
    throw Error(ErrorKind::kFailure, "cannot hash a password");
  return key;
}

std::string hash_password(std::string_view password, int log2_n) {
  const Cost cost{std::int64_t{1} << log2_n, 8, 1};
  const std::string salt = random_bytes(kSaltBytes);
  return fmt::format("scrypt${}${}${}${}${}", cost.n, cost.r, cost.p, base64(salt),
                     base64(derive(password, salt, cost)));
}

struct ParsedHash {
  Cost cost;
  std::string salt;
  std::string key;
};

std::optional<ParsedHash> parse_hash(std::string_view hash) {
  const std::vector<std::string_view> parts = split(hash, '$');
  if (parts.size() != 6 || parts[0] != "scrypt") return std::nullopt;
  const auto n = parse_integer(parts[1], 2, 1 << 20);
  const auto r = parse_integer(parts[2], 1, 32);
  const auto p = parse_integer(parts[3], 1, 16);
  const auto salt = from_base64(parts[4]);
  const auto key = from_base64(parts[5]);
  if (!n || !r || !p || !salt || !key) return std::nullopt;
  return ParsedHash{{*n, *r, *p}, *salt, *key};
}

bool has(std::string_view password, int (*is_kind)(int)) {
  return std::any_of(password.begin(), password.end(), [&](char c) {
    return static_cast<unsigned char>(c) < 0x80 && is_kind(static_cast<unsigned char>(c)) != 0;
  });
}

void require(bool kept, std::string_view rule) {
  if (!kept) throw ApiFault("InvalidPasswordException", fmt::format("Password did not conform with policy: {}", rule));
}

char any_of(std::string_view alphabet) {
  return alphabet[static_cast<std::size_t>(static_cast<unsigned char>(random_bytes(1)[0])) % alphabet.size()];
}

}  // namespace

PasswordRecord make_password_record(std::string_view pool_id, std::string_view username, std::string_view password,
                                    int scrypt_log2_n) {
  const auth::srp::Verifier verifier = auth::srp::make_verifier(pool_id, username, password);
  return {hash_password(password, scrypt_log2_n), verifier.salt_hex, verifier.verifier_hex};
}

bool password_matches(std::string_view password, std::string_view hash) {
  const auto parsed = parse_hash(hash);
  if (!parsed) return false;
  return constant_time_equal(derive(password, parsed->salt, parsed->cost), parsed->key);
}

std::string unmatchable_hash(int scrypt_log2_n) {
  return hash_password(random_bytes(32), scrypt_log2_n);
}

void require_password_policy(std::string_view password) {
  const bool has_blank = std::any_of(password.begin(), password.end(), [](char c) { return c > 0 && c <= ' '; });
  if (password.empty() || password.size() > kMaxPasswordBytes || has_blank)
    throw ApiFault("InvalidParameterException",
                   "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must have "
                   "length less than or equal to 256 and satisfy regular expression pattern: [\\S]+");
  require(utf8_length(password) >= kMinimumPasswordLength, "Password not long enough");
  require(has(password, std::isdigit), "Password must have numeric characters");
  require(has(password, std::isupper), "Password must have uppercase characters");
  require(has(password, std::islower), "Password must have lowercase characters");
  require(password.find_first_of(kSymbols) != std::string_view::npos, "Password must have symbol characters");
}

std::string make_temporary_password() {
  constexpr std::string_view kUpper = "ABCDEFGHJKLMNPQRSTUVWXYZ", kLower = "abcdefghijkmnpqrstuvwxyz",
                             kDigit = "23456789", kSymbol = "!@#%&*-_=+?";
  std::string password;
  for (int i = 0; i < 4; ++i)
    for (const std::string_view alphabet : {kUpper, kLower, kDigit, kSymbol}) password += any_of(alphabet);
  return password;
}

}  // namespace wsdeep::local
