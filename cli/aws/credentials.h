#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

namespace wsdeep::aws {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;         ///< empty for long-lived keys
  std::optional<SystemTime> expiry;  ///< nothing: they do not expire
};

/// Where credentials come from. `get` may do I/O the first time and when they are due; it throws Error{kRefused} that
/// lists what was tried, with a hint, when there are none. Safe to call from several threads.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  virtual Credentials get() = 0;
};

/// The same credentials for ever.
class StaticCredentials final : public CredentialSource {
 public:
  explicit StaticCredentials(Credentials credentials) : credentials_(std::move(credentials)) {}
  Credentials get() override { return credentials_; }

 private:
  Credentials credentials_;
};

}  // namespace wsdeep::aws
