#include "auth/exchange/pending_login.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "auth/authorization_code.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"

namespace wsdeep::auth::exchange {
namespace {

// In base64url: 8 bytes are 11 characters, 32 are 43, 16 are 22.
constexpr std::size_t kIdBytes = 8, kIdLength = 11, kSecretBytes = 32, kStateLength = kIdLength + 43;
constexpr std::size_t kNonceBytes = 16, kNonceLength = 22, kVerifierLength = 43, kMarkLength = 11;
constexpr std::int64_t kClockSkewSeconds = 60;

bool is_word_of(std::string_view text, std::size_t length) {
  return text.size() == length && std::ranges::all_of(text, [](unsigned char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
         });
}

std::string_view pending_prefix(bool secure) {
  return secure ? "__Host-wsdeep-login-" : "wsdeep-login-";
}

struct FoundPending {
  std::string name;
  std::int64_t begun_at;  ///< 0: it has to go whatever its age
};

std::vector<FoundPending> all_pending(const std::vector<std::string>& cookies, bool secure, SystemTime now) {
  std::vector<FoundPending> found;
  for (const std::string& cookie : cookies) {
    const std::size_t equals = cookie.find('=');
    if (equals == std::string::npos || !cookie.starts_with(pending_prefix(secure))) continue;
    std::string name = cookie.substr(0, equals);
    const auto login = read_pending(std::string_view(cookie).substr(equals + 1));
    // A name that is none of ours could hold anything; it is not written into an answer.
    if (!is_word_of(std::string_view(name).substr(pending_prefix(secure).size()), kIdLength)) continue;
    found.push_back({std::move(name), login && is_current(*login, now) ? login->begun_at : 0});
  }
  return found;
}

}  // namespace

std::string_view PendingLogin::id() const {
  return std::string_view(state).substr(0, kIdLength);
}

std::string target_mark(std::string_view url) {
  return base64url(sha256(url)).substr(0, kMarkLength);
}

PendingLogin begin_login(std::string_view target_url, SystemTime now) {
  return {base64url(random_bytes(kIdBytes)) + base64url(random_bytes(kSecretBytes)),
          base64url(random_bytes(kNonceBytes)), make_pkce().verifier, target_mark(target_url), epoch_seconds(now)};
}

std::string write_pending(const PendingLogin& login) {
  return fmt::format("{}.{}.{}.{}.{}", login.begun_at, login.state, login.nonce, login.verifier, login.target);
}

std::optional<PendingLogin> read_pending(std::string_view value) {
  constexpr std::size_t kMaxLength = 256;
  if (value.size() > kMaxLength) return std::nullopt;
  const std::vector<std::string_view> parts = split(value, '.');
  if (parts.size() != 5 || parts[0].starts_with('0')) return std::nullopt;
  const auto begun_at = parse_integer(parts[0], 1, std::numeric_limits<std::int32_t>::max() * std::int64_t{4});
  if (!begun_at || !is_word_of(parts[1], kStateLength) || !is_word_of(parts[2], kNonceLength) ||
      !is_word_of(parts[3], kVerifierLength) || !is_word_of(parts[4], kMarkLength))
    return std::nullopt;
  return PendingLogin{std::string(parts[1]), std::string(parts[2]), std::string(parts[3]), std::string(parts[4]),
                      *begun_at};
}

std::string pending_cookie_name(std::string_view id, bool secure) {
  return std::string(pending_prefix(secure)) + std::string(id);
}

std::string_view pending_cookie_path(bool secure) {
  return secure ? "/" : "/auth";
}

bool is_current(const PendingLogin& login, SystemTime now) {
  const std::int64_t age = epoch_seconds(now) - login.begun_at;
  return age <= std::chrono::seconds(kPendingAge).count() && age >= -kClockSkewSeconds;
}

std::optional<PendingLogin> find_pending(const std::vector<std::string>& cookies, std::string_view state, bool secure) {
  if (!is_word_of(state, kStateLength)) return std::nullopt;
  const std::string start = pending_cookie_name(state.substr(0, kIdLength), secure) + "=";
  for (const std::string& cookie : cookies) {
    if (!cookie.starts_with(start)) continue;
    auto login = read_pending(std::string_view(cookie).substr(start.size()));
    if (login && constant_time_equal(login->state, state)) return login;
  }
  return std::nullopt;
}

std::vector<std::string> pending_to_end(const std::vector<std::string>& cookies, bool secure, SystemTime now) {
  std::vector<FoundPending> found = all_pending(cookies, secure, now);
  std::ranges::stable_sort(found, [](const auto& a, const auto& b) { return a.begun_at > b.begun_at; });
  std::vector<std::string> names;
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i].begun_at == 0 || i + 1 >= kMostPending) names.push_back(std::move(found[i].name));
  return names;
}

}  // namespace wsdeep::auth::exchange
