#include "local/cognito/passwords.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "auth/srp.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "base/utf8.h"
#include "local/api/fault.h"

namespace wsdeep::local {
namespace {

constexpr std::size_t kMaxPasswordBytes = 256;
constexpr std::string_view kSymbols = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= ";

bool has(std::string_view password, int (*is_kind)(int)) {
  return std::any_of(password.begin(), password.end(), [&](char c) {
    return static_cast<unsigned char>(c) < 0x80 && is_kind(static_cast<unsigned char>(c)) != 0;
  });
}

void require(bool kept, std::string_view rule) {
  if (!kept) throw ApiFault("InvalidPasswordException", fmt::format("Password did not conform with policy: {}", rule));
}

}  // namespace

PasswordRecord make_password_record(std::string_view pool_id, std::string_view username, std::string_view password) {
  auth::srp::Verifier verifier = auth::srp::make_verifier(pool_id, username, password);
  return {std::move(verifier.salt_hex), std::move(verifier.verifier_hex)};
}

bool password_matches(std::string_view pool_id, std::string_view username, std::string_view password,
                      const PasswordRecord& record) {
  const auth::srp::Verifier found = auth::srp::make_verifier(pool_id, username, password, record.srp_salt);
  return constant_time_equal(found.verifier_hex, record.srp_verifier);
}

PasswordRecord record_of_nobody(std::string_view secret, std::string_view login) {
  constexpr std::size_t kSaltBytes = 16, kVerifierBytes = 383;
  return {hex(hmac_sha256(secret, to_lower(login)).substr(0, kSaltBytes)), hex(random_bytes(kVerifierBytes))};
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

}  // namespace wsdeep::local
