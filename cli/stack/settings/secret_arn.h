#pragma once

#include <string_view>

namespace wsdeep::stack {

/// Whether a secret is named by its ARN without the hyphen and the six characters that Secrets Manager puts behind its
/// name: it is found by that, too, but a policy has to have them.
/// https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
bool is_partial_secret_arn(std::string_view secret);

}  // namespace wsdeep::stack
