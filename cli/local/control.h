#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/clock.h"
#include "local/server_info.h"

/// What is asked of a local system that runs, which alone may read and write its database.
namespace wsdeep::local {

/// `connections`, `functions` with what each does, and `modelFailures` (ModelFailures). Throws Error{kFailure}.
nlohmann::json ask_status(const ServerInfo& info, const Clock& clock);
/// Why the model did not answer the message; empty when the system does not say so within some seconds: the client
/// hears of a failure a moment before the system does.
std::string cause_of_failure(const ServerInfo& info, const std::string& message_id, const Clock& clock);
/// Makes new keys for the user pool's tokens: `idKid`, `accessKid`, `oldKeysUntil`. Throws Error{kFailure}.
nlohmann::json rotate_keys(const ServerInfo& info, const Clock& clock);

}  // namespace wsdeep::local
