#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "local/sqlite.h"

namespace wsdeep::local {

struct SigningKey {
  std::string kid;
  std::string private_pem;
};

/// The one pool of a database: made once, then always the same.
struct UserPool {
  std::string id;         ///< `us-east-1_Ab12Cd34E`
  std::string client_id;  ///< 26 lower-case letters and digits
  std::int64_t created_ms = 0;
  SigningKey id_key;  ///< ID and access tokens are signed by different keys
  SigningKey access_key;

  /// The key set document (RFC 7517) of both keys.
  std::string jwks() const;
};

/// Reads the pool, or makes it with new keys (a fraction of a second).
UserPool open_pool(Database& database, const Clock& clock, const std::string& region);

}  // namespace wsdeep::local
