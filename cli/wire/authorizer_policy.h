#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The policy in an authorizer's answer, judged as IAM judges it.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
namespace wsdeep::wire {

struct PolicyStatement {
  bool allow = false;
  std::vector<std::string> actions;  ///< patterns, compared without case
  bool other_actions = false;        ///< NotAction: it is about all but these
  std::vector<std::string> resources;
  bool other_resources = false;  ///< NotResource
};
using Policy = std::vector<PolicyStatement>;

enum class Access {
  kAllowed,
  kNotAllowed,  ///< no statement is about it
  kDenied,      ///< one denies it, whatever the others say
};

/// May `execute-api:Invoke` be done with `arn`?
Access judge(const Policy& policy, std::string_view arn);

/// `*` stands for any text, `?` for one character.
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace wsdeep::wire
