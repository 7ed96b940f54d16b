#include "deploy/unchangeable.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"

namespace wsdeep::deploy {

/// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpooldomain.html
void check_changeable(const Plan& plan, const aws::Stack& deployed) {
  constexpr const char* kPrefix = "HostedUiPrefix";
  const auto& wanted = plan.inputs.parameters;
  const auto found = std::find_if(wanted.begin(), wanted.end(), [](const auto& one) { return one.key == kPrefix; });
  const auto before = deployed.parameters.find(kPrefix);
  if (found == wanted.end() || before == deployed.parameters.end()) return;
  if (found->value.empty() || before->second.empty() || found->value == before->second) return;
  throw Error(
      ErrorKind::kUsage,
      fmt::format("auth.hosted_ui_prefix cannot change from '{}' to '{}': a user pool has one such domain, and "
                  "CloudFormation would ask for the new one before it gives up the old, fail and roll back",
                  printable(before->second), printable(found->value)),
      "nothing was changed: deploy once without auth.hosted_ui_prefix (nobody can sign in by the page until then), and "
      "then with the new one");
}

}  // namespace wsdeep::deploy
