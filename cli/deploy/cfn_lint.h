#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "stack/diagnostic.h"
#include "terminal/context.h"

namespace wsdeep::deploy {

struct LintedText {
  std::string name;  ///< in the diagnostics
  std::string text;
};

/// cfn-lint's findings about templates; nothing when cfn-lint is not installed. On a terminal it says meanwhile what is
/// waited for, because that takes seconds. Throws Error{kFailure} when it cannot be run or does not answer as it
/// should, Error{kInterrupted} when `stop` is requested.
std::optional<std::vector<stack::Diagnostic>> run_cfn_lint(const std::vector<LintedText>& texts, const Context& context,
                                                           const std::stop_token& stop = {});

}  // namespace wsdeep::deploy
