#include "local/cognito/sent_codes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"

namespace wsdeep::local {
namespace {

constexpr std::chrono::hours kLifetime{24};
constexpr std::chrono::hours kPasswordLifetime{1};
constexpr std::size_t kMostCodes = 20'000;

std::string key_of(CodeUse use, std::string_view username) {
  return fmt::format("{} {}", static_cast<int>(use), to_lower(username));
}

}  // namespace

std::string random_code() {
  std::uint32_t number = 0;
  do {
    number = 0;
    for (const char c : random_bytes(4)) number = number << 8 | static_cast<unsigned char>(c);
  } while (number >= 4'294'000'000U);  // the largest multiple of a million
  return fmt::format("{:06}", number % 1'000'000);
}

std::string masked_address(std::string_view address) {
  const std::size_t at = address.find('@');
  if (at != std::string_view::npos) return fmt::format("{}***@{}***", address.substr(0, 1), address.substr(at + 1, 1));
  const std::size_t shown = std::min<std::size_t>(address.size(), 4);
  return fmt::format("+{}{}", std::string(7, '*'), address.substr(address.size() - shown));
}

SentCodes::SentCodes(const Clock& clock) : clock_(clock), codes_(clock, kLifetime, kMostCodes) {}

std::string SentCodes::make(CodeUse use, std::string_view username, const std::string& address) {
  Sent& sent = codes_.touch(key_of(use, username));
  sent = {random_code(), address, clock_.steady_now() + (use == CodeUse::kPassword ? kPasswordLifetime : kLifetime)};
  return sent.code;
}

CodeVerdict SentCodes::check(CodeUse use, std::string_view username, const std::string& address,
                             const std::string& code) const {
  const Sent* sent = codes_.find(key_of(use, username));
  if (sent == nullptr || clock_.steady_now() >= sent->until || !iequals(sent->address, address))
    return CodeVerdict::kNone;
  return constant_time_equal(sent->code, code) ? CodeVerdict::kRight : CodeVerdict::kWrong;
}

void SentCodes::forget(CodeUse use, std::string_view username) {
  codes_.forget(key_of(use, username));
}

}  // namespace wsdeep::local
