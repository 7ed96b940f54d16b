#pragma once

#include <optional>
#include <string>

#include "commands/context.h"
#include "commands/stack_target.h"
#include "stack/diagnostic.h"

namespace wsdeep::commands {

/// What CloudFormation's ValidateTemplate says against a template; nothing when it takes it. A template that is too
/// large for the request goes as JSON without white space. `name` is for the diagnostic. Throws Error{kUsage} when it
/// is too large even so, and what the service throws when it cannot be asked.
std::optional<stack::Diagnostic> check_remotely(const std::string& name, const std::string& text,
                                                const StackTarget& target, Context& context);

}  // namespace wsdeep::commands
