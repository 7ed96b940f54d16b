#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

/// A sign-in on its way: what the browser keeps while it is at the pool's page. The cookie holds all of it, so that
/// nothing has to be stored, and any number of tabs may sign in at once. It needs no signature: whoever could forge one
/// could as well take a genuine one, by starting a sign-in of his own.
namespace wsdeep::auth::exchange {

inline constexpr std::chrono::minutes kPendingAge{10};
/// Of one browser; more would in ten minutes become too many headers for API Gateway, so the oldest go.
inline constexpr std::size_t kMostPending = 4;

struct PendingLogin {
  std::string state;          ///< its first characters are the id in the cookie's name
  std::string nonce;          ///< comes back in the ID token
  std::string verifier;       ///< of PKCE
  std::string target;         ///< target_mark of the page to go to
  std::int64_t begun_at = 0;  ///< epoch seconds

  std::string_view id() const;
  bool operator==(const PendingLogin&) const = default;
};

/// Stands for a URL of the allow-list; so a cookie cannot name any other.
std::string target_mark(std::string_view url);

PendingLogin begin_login(std::string_view target_url, SystemTime now);
std::string write_pending(const PendingLogin& login);
/// Nothing for what write_pending did not write.
std::optional<PendingLogin> read_pending(std::string_view value);
/// `__Host-`, where there can be one: another host of the same domain could finish a sign-in of its own here otherwise.
std::string pending_cookie_name(std::string_view id, bool secure);
/// What `__Host-` asks for; without it no more than we need.
std::string_view pending_cookie_path(bool secure);
bool is_current(const PendingLogin& login, SystemTime now);

/// The one that `state` belongs to, compared in constant time, among the request's cookies (`name=value`).
std::optional<PendingLogin> find_pending(const std::vector<std::string>& cookies, std::string_view state, bool secure);
/// The names of those that have to go when one more begins: those that are over or malformed, and the oldest.
std::vector<std::string> pending_to_end(const std::vector<std::string>& cookies, bool secure, SystemTime now);

}  // namespace wsdeep::auth::exchange
