#pragma once

#include <functional>
#include <string>
#include <vector>

#include "terminal/console.h"

/// A deployment of several environments by one call.
namespace wsdeep::commands {

struct EnvironmentSteps {
  std::function<void(const std::string& environment)> plan;    ///< says what would be done, and writes nothing
  std::function<bool(const std::string& environment)> deploy;  ///< whether there was anything to do; may be empty
};

/// Plans all of them, and only then deploys one after the other, until one fails: that error is thrown with the name of
/// its environment. Before, and at the end in any case, a line on stderr says what became of each. False when nothing
/// was to be done in any. Throws Error{kUsage} for one that is named twice.
bool deploy_environments(const std::vector<std::string>& environments, const EnvironmentSteps& steps,
                         const Console& console);

}  // namespace wsdeep::commands
