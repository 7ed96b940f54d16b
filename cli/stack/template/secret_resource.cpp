#include "stack/template/secret_resource.h"

#include <fmt/format.h>

#include "stack/settings/secret_arn.h"

namespace wsdeep::stack {

std::string secret_resource(std::string_view parameter, std::string_view secret) {
  if (is_partial_secret_arn(secret)) return fmt::format("!Sub \"${{{}}}-??????\"", parameter);
  if (secret.starts_with("arn:")) return fmt::format("!Ref {}", parameter);
  return fmt::format(
      "!Sub \"arn:${{AWS::Partition}}:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:${{{}}}-??????\"",
      parameter);
}

}  // namespace wsdeep::stack
