#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wsdeep::aws {

/// One line of an indented block: `endpoint_url = http://…` below `dynamodb =`.
struct IniNested {
  std::string name;  ///< as it stands there
  std::string value;
  std::size_t line = 0;
};

struct IniSetting {
  std::string name;  ///< in lower case
  std::string value;
  std::size_t line = 0;
  std::vector<IniNested> nested;   ///< when there is nothing behind the `=`, but below it
  std::size_t continued_line = 0;  ///< where a value that started on its own line goes on, indented; 0: it does not
};

struct IniSection {
  std::string header;  ///< what stands between the brackets
  std::size_t line = 0;
  std::vector<IniSetting> settings;
};

/// Reads AWS's configuration files as botocore does, which uses Python's configparser. Throws Error{kFailure}
/// `PATH:LINE: cause` for what botocore refuses, and for what it would read as something that nobody means.
std::vector<IniSection> parse_ini(std::string_view text, const std::string& path);

/// The words of a section's name, quotes removed as a shell would; nothing when a quote does not end.
std::vector<std::string> ini_words(std::string_view header);

}  // namespace wsdeep::aws
