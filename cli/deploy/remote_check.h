#pragma once

#include <optional>
#include <string>

#include "deploy/target.h"
#include "stack/diagnostic.h"

namespace wsdeep::deploy {

/// What CloudFormation's ValidateTemplate says against a template, at its place where the service tells one; nothing
/// when it takes it. A template that is too large for the request goes through the bucket of the stack's packages, as
/// it does when it is deployed, and where there is no bucket yet, as JSON without white space. `name` is for the
/// diagnostic. Throws Error{kUsage} when it is too large even so, and what the service throws when it cannot be asked.
std::optional<stack::Diagnostic> check_remotely(const std::string& name, const std::string& text,
                                                const StackTarget& target, StackAccess& access);

}  // namespace wsdeep::deploy
