#pragma once

#include <string>

#include "auth/live_secret.h"
#include "base/env.h"

namespace wsdeep::handlers {

/// Where a function's secret is, and what is one.
struct SecretPlace {
  std::string what;             ///< for messages: `the signing secret`
  std::string name;             ///< name or ARN in Secrets Manager; empty: it is not there
  std::string file;             ///< where it is locally; goes before `name`
  std::size_t least_bytes = 1;  ///< a shorter text is none
  std::string hint{};           ///< how one is made
};

/// A function's secret. Secrets Manager is given three seconds at most, one where there is an earlier text, and no
/// longer than the call's context allows; it knows the version before, too (AWSPREVIOUS). Throws aws::ServiceError and
/// net::TransportError besides Error.
class SecretText : public auth::LiveSecret {
 public:
  SecretText(const Env& env, const Clock& clock, SecretPlace place);
};

}  // namespace wsdeep::handlers
