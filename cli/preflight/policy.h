#pragma once

#include <string>

#include "preflight/calls.h"
#include "stack/settings/settings.h"

namespace wsdeep::preflight {

/// Whom a policy is for.
enum class Role {
  kPreflight,       ///< who only looks
  kDeploy,          ///< who deploys, with the permissions of their own
  kCloudFormation,  ///< the role that CloudFormation works as, where there is one
  kFleet,           ///< who scales, drains and rolls out nodes
  kUsers,           ///< who manages users
};

struct PolicyOptions {
  Role role = Role::kDeploy;
  std::string cloudformation_role;  ///< its ARN, where it makes the resources, and not who deploys
};

/// The least identity policy for that role in that environment, as IAM takes it.
std::string policy_json(const stack::EnvironmentSettings& settings, const PolicyOptions& options);

}  // namespace wsdeep::preflight
