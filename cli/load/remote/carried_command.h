#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/env.h"
#include "load/plan/plan.h"

namespace wsdeep::load {

/// A file of this machine that workers elsewhere read.
struct CarriedFile {
  std::filesystem::path here;
  std::string name;     ///< of its copy, in the folder of all of them; the flag's: `tokens`, `prompts`
  bool secret = false;  ///< has tokens or a key in it

  bool operator==(const CarriedFile&) const = default;
};

/// What has to go along so that a command line means elsewhere what it means here.
struct CarriedCommand {
  std::vector<std::string> arguments;
  PlanOptions plan{};
  std::map<std::string, std::string, std::less<>> environment{};  ///< those of our variables that name the target
  std::vector<CarriedFile> files{};
};

/// The command line and the plan with which a worker on another machine does what these say here: where they name
/// files, they name copies in `folder` instead. Throws Error{kUsage} for what no other machine can know: an environment
/// of the settings, the local system, a sign-in that is saved here.
CarriedCommand carry_command(const std::vector<std::string>& arguments, const PlanOptions& plan, const Env& env,
                             const std::string& folder);

}  // namespace wsdeep::load
