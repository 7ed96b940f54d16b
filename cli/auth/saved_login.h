#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/files.h"

namespace wsdeep::auth {

/// The tokens of one signed-in user of one pool client.
struct SavedLogin {
  std::string issuer;  ///< or the endpoint it was made at, for a local pool
  std::string client_id;
  std::string username;
  std::string id_token;
  std::string access_token;
  std::string refresh_token;
  std::int64_t expires_at = 0;  ///< of the ID token, epoch seconds
};

/// The saved logins: one JSON file, mode 0600, in `$XDG_STATE_HOME/wsdeep`. A file that others may read is refused, a
/// corrupt one is an Error{kFailure} that names it; it is never deleted or overwritten. Changes are made under a lock
/// file beside it, so that commands that sign in at the same time lose nothing.
class LoginStore {
 public:
  LoginStore(Files& files, std::filesystem::path file);

  /// The login of `username`, a name or an e-mail address in any case (empty: the one used last), at this issuer and
  /// client.
  std::optional<SavedLogin> find(const std::string& issuer, const std::string& client_id,
                                 const std::string& username = {}) const;
  std::vector<SavedLogin> all() const;
  /// Adds or replaces it, and makes it the one used last.
  void save(const SavedLogin& login);
  bool remove(const std::string& issuer, const std::string& client_id, const std::string& username);

 private:
  Files& files_;
  std::filesystem::path file_;
};

}  // namespace wsdeep::auth
