#pragma once

#include <string>

#include "deploy/change_set.h"
#include "preflight/finding.h"

namespace wsdeep::preflight {

/// `no errors`, `1 error`, `2 errors`
std::string counted(std::size_t count, const char* what);

/// A line for each finding, and below it why and what to do.
std::string as_text(const Findings& findings, const deploy::ChangeStyle& style);

/// Whose findings they are.
struct Place {
  std::string environment;
  std::string stack;
  std::string region;
};
/// `{"environment":…,"stack":…,"region":…,"errors":1,"warnings":0,"findings":[{"check":…,"severity":…,"what":…,"why":…,
/// "fix":…,"part":"service"}]}`
std::string as_json(const Findings& findings, const Place& place);

/// The errors, as they stand below a message.
std::string error_lines(const Findings& findings);

}  // namespace wsdeep::preflight
