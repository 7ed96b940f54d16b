#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/ini.h"
#include "base/env.h"
#include "base/files.h"

namespace wsdeep::aws {

struct Setting {
  std::string value;
  std::string where;            ///< PATH:LINE
  std::string continued;        ///< PATH:LINE where indented lines go on with the value, or empty
  bool in_credentials = false;  ///< of the credentials file
  std::vector<IniNested> nested;
};

/// The settings of one section, names in lower case.
using ProfileSettings = std::map<std::string, Setting, std::less<>>;

/// The value of `name`, or an empty one. Throws Error{kRefused} with its line for a value that AWS's tools read each in
/// its own way: one that goes on over indented lines, or has a ` #` or ` ;` in it.
std::string setting(const ProfileSettings& settings, std::string_view name);
/// As above, but ` #` and ` ;` mean nothing: of a command line.
std::string command_setting(const ProfileSettings& settings, std::string_view name);
bool has_setting(const ProfileSettings& settings, std::string_view name);
/// PATH:LINE of `name`, which is there.
const std::string& place_of(const ProfileSettings& settings, std::string_view name);

/// The profile that somebody means: `named` when a flag or a variable names it, else `default`.
struct ProfileChoice {
  std::string name;
  bool named = false;
};
/// `explicit_name`, else AWS_PROFILE or AWS_DEFAULT_PROFILE, else `default`. Throws Error{kUsage} when the two
/// variables name different ones: tools follow the one or the other.
ProfileChoice choose_profile(const Env& env, std::string_view explicit_name);

/// What ~/.aws/config and ~/.aws/credentials say (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE name others).
/// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
class ProfileFiles {
 public:
  /// Missing files count as empty; throws Error{kFailure} `FILE:LINE: cause` for one that is malformed.
  static ProfileFiles load(const Env& env, const Files& files);

  /// The settings of both files together; where both have one, the credentials file's counts.
  const ProfileSettings* profile(std::string_view name) const;
  /// As above, for the profile that is to be used: nothing when `default` is not there and nobody named it. Throws
  /// Error{kRefused} when a named one is not there, with a guess at what was meant, and when a section looks like the
  /// profile without being it, as `[dev]` does in ~/.aws/config.
  const ProfileSettings* chosen(const ProfileChoice& choice) const;
  const ProfileSettings* sso_session(std::string_view name) const;
  const ProfileSettings* services(std::string_view name) const;

 private:
  using Sections = std::map<std::string, ProfileSettings, std::less<>>;

  /// A section that AWS's tools pass over.
  struct Ignored {
    std::string header;
    std::string where;
    std::string instead;
  };

  void add_config(const std::vector<IniSection>& sections, const std::string& path);
  void add_credentials(const std::vector<IniSection>& sections, const std::string& path);
  /// A section whose header is KIND NAME.
  void add_named(Sections& into, const IniSection& section, const std::string& kind, const std::string& path);

  Sections profiles_, sso_sessions_, services_;
  std::vector<Ignored> ignored_;
};

/// `~/path` with the home folder of `env` in front, or of the user where HOME is not set; `$NAME` and `${NAME}`
/// replaced where they are set.
std::string expand_path(const Env& env, std::string_view path);

}  // namespace wsdeep::aws
