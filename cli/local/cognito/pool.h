#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "local/store/sqlite.h"

namespace wsdeep::local {

struct SigningKey {
  std::string kid;
  std::string private_pem;
};

/// A key that signs no more. Its public half is shown until the last token that it signed has expired.
struct RetiredKey {
  std::string jwk;
  std::int64_t until_ms = 0;
};

struct AppClient {
  std::string id;      ///< 26 lower-case letters and digits
  std::string secret;  ///< empty for a public client
};

/// The one pool of a database: made once, then always the same but for its keys.
struct UserPool {
  std::string id;     ///< `us-east-1_Ab12Cd34E`
  AppClient app;      ///< public: people sign in
  AppClient service;  ///< with a secret: programs get tokens of their own (client_credentials)
  std::int64_t created_ms = 0;
  SigningKey id_key;  ///< ID and access tokens are signed by different keys
  SigningKey access_key;
  std::vector<RetiredKey> retired;
  std::string secret;  ///< of the pool itself; clients never see it

  /// Null when it is neither client's id.
  const AppClient* find_client(std::string_view client_id) const;
  /// The key set document (RFC 7517) of both keys and of those that are retired.
  std::string jwks() const;
};

/// Reads the pool, or makes it with new keys (a fraction of a second). What an earlier version did not have is made.
UserPool open_pool(Database& database, const Clock& clock, const std::string& region);

/// A pair of new keys: a fraction of a second, so not for the event loop's thread.
struct KeyPair {
  SigningKey id_key;
  SigningKey access_key;
};
KeyPair make_keys();
/// The pool with `keys` in place of its own, which are retired until `until_ms`. Stored before it is returned.
UserPool rotate_keys(Database& database, UserPool pool, KeyPair keys, std::int64_t until_ms);
/// The pool without the keys that were retired until `now_ms`.
UserPool drop_retired_keys(Database& database, UserPool pool, std::int64_t now_ms);

/// What is kept of a pool beside its users: texts by name.
/// By which `wsdeep users` tells the users that it makes for tests: given at creation or never. Every pool has it.
inline constexpr const char* kTestMarker = "custom:wsdeep_test";
/// The attributes that the pool defines besides the standard ones, with their prefix `custom:`.
std::vector<std::string> read_custom_attributes(Database& database);
void write_custom_attributes(Database& database, const std::vector<std::string>& names);

std::string read_setting(Database& database, std::string_view name, std::string_view fallback);
void write_setting(Database& database, std::string_view name, std::string_view value);

}  // namespace wsdeep::local
