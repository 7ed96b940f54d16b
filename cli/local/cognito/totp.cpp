#include "local/cognito/totp.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"

namespace wsdeep::local {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::int64_t kStepSeconds = 30;

std::string hmac_sha1(std::string_view key, std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
           bytes.size(), digest, &size) == nullptr)
    throw Error(ErrorKind::kFailure, "cannot compute a one-time password");
  return {reinterpret_cast<const char*>(digest), size};
}

/// Four bytes from where the last half-byte says, as a positive number (RFC 4226 §5.3).
std::uint32_t truncate(std::string_view digest) {
  const auto at = static_cast<std::size_t>(digest.back() & 0x0F);
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(digest[at + i]);
  return number & 0x7FFFFFFF;
}

}  // namespace

std::string base32(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 5; held -= 5) text += kAlphabet[bits >> (held - 5) & 0x1F];
  }
  if (held > 0) text += kAlphabet[bits << (5 - held) & 0x1F];
  return text;
}

std::optional<std::string> from_base32(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 5 | static_cast<std::uint32_t>(value);
    held += 5;
    if (held >= 8) {
      held -= 8;
      bytes += static_cast<char>(bits >> held & 0xFF);
    }
  }
  return bytes;
}

std::string make_totp_secret() {
  return base32(random_bytes(32));
}

std::string totp_code(std::string_view secret, std::int64_t step) {
  std::string counter(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) counter[7 - i] = static_cast<char>(step >> (8 * i) & 0xFF);
  return fmt::format("{:06}", truncate(hmac_sha1(secret, counter)) % 1'000'000);
}

TotpVerdict check_totp(std::string_view secret, std::string_view code, SystemTime now) {
  const std::int64_t current = epoch_seconds(now) / kStepSeconds;
  TotpVerdict verdict;
  for (std::int64_t step = current - 1; step <= current + 1; ++step)
    if (constant_time_equal(totp_code(secret, step), code)) verdict = {true, step};
  return verdict;
}

}  // namespace wsdeep::local
