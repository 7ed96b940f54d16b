#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/files.h"

namespace wsdeep::aws {

/// The settings of one section, names in lower case.
using ProfileSettings = std::map<std::string, std::string, std::less<>>;
/// The value of `name`, or an empty one.
std::string setting(const ProfileSettings& settings, std::string_view name);

/// What ~/.aws/config and ~/.aws/credentials say (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE name others).
/// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
class ProfileFiles {
 public:
  /// Missing files count as empty; throws Error{kFailure} `FILE:LINE: cause` for one that is malformed.
  static ProfileFiles load(const Env& env, const Files& files);

  /// The settings of both files together; where both have one, the credentials file's counts.
  const ProfileSettings* profile(std::string_view name) const;
  const ProfileSettings* sso_session(std::string_view name) const;
  std::vector<std::string> profile_names() const;

 private:
  std::map<std::string, ProfileSettings, std::less<>> profiles_;
  std::map<std::string, ProfileSettings, std::less<>> sso_sessions_;
};

/// `explicit_name`, else AWS_PROFILE, else `default`.
std::string profile_name(const Env& env, std::string_view explicit_name);

/// `~/path` with the home folder of `env` in front; any other path as it is.
std::string expand_home(const Env& env, std::string_view path);

}  // namespace wsdeep::aws
