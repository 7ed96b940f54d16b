#pragma once

#include <string>
#include <string_view>

namespace wsdeep::stack {

/// The resource of a policy that lets somebody read the secret which the parameter names: `secret` is what the settings
/// give it, a name or an ARN. Secrets Manager puts six characters behind the name.
std::string secret_resource(std::string_view parameter, std::string_view secret);

}  // namespace wsdeep::stack
