#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"
#include "local/server_info.h"

/// What is asked of a local system that runs, which alone may read and write its database.
namespace wsdeep::local {

/// `connections`, and `functions` with what each does. Throws Error{kFailure}.
nlohmann::json ask_status(const ServerInfo& info);
/// Makes new keys for the user pool's tokens: `idKid`, `accessKid`, `oldKeysUntil`. Throws Error{kFailure}.
nlohmann::json rotate_keys(const ServerInfo& info, const Clock& clock);

}  // namespace wsdeep::local
