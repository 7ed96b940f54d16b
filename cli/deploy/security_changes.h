#pragma once

#include <string>
#include <vector>

#include "aws/cloudformation.h"
#include "deploy/change_set.h"

/// What a change set does to who may do what (policies, roles, resource policies) and who may reach what (security
/// groups, public addresses, sign-up). Nobody finds these among a hundred properties.
namespace wsdeep::deploy {

struct SecurityChange {
  std::string logical_id;
  bool widens = false;  ///< more is allowed, or less is refused, than before
  std::string what;     ///< `allow dynamodb:PutItem on arn:…`, one line
  std::string warning;  ///< why it is broader than anybody should want; may be empty
};

/// Read from the resources as they are before and after (ResourceChange::before, after), statement by statement.
std::vector<SecurityChange> security_changes(const std::vector<aws::ResourceChange>& changes);

/// One line each, what is broad last. `new_stack`: what is new and not broad is only counted, as everything is new.
/// Empty when there is nothing to say.
std::string render_security(const std::vector<SecurityChange>& changes, bool new_stack, const ChangeStyle& style);

}  // namespace wsdeep::deploy
