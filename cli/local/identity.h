#pragma once

#include <filesystem>
#include <string>

#include "base/files.h"

namespace wsdeep::local {

/// What a local system is called and whom it trusts: made at its first start, kept in `identity.json` (mode 0600).
struct Identity {
  std::string api_id;         ///< ten lower-case letters and digits, as API Gateway's
  std::string access_key_id;  ///< the one key pair whose signatures the emulated services accept
  std::string secret_access_key;
};

/// Throws Error{kFailure} that names a corrupt file.
Identity load_identity(Files& files, const std::filesystem::path& state);

}  // namespace wsdeep::local
