#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// What `wsdeep` and CloudFormation ask AWS for, and which permission each takes: the one table of them.
/// `tests/integration/policy_test.py` holds it to the clients of cli/aws and to the templates.
/// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
namespace wsdeep::preflight {

/// What a permission is given on.
enum class On {
  kAny,      ///< the service knows no resource for it, or names it only when it is made
  kStacks,   ///< the two stacks
  kBucket,   ///< of the packages
  kObjects,  ///< in it
  kModel,    ///< the bucket of llm.model_source
  kCertificates,
  kSecret,      ///< those that the settings name
  kOwnSecrets,  ///< of the stack
  kImage,
  kParameters,  ///< of Parameter Store, that the network is read from
  kApiAccount,
  kApis,
  kPools,
  kGroups,  ///< of Auto Scaling
  kFunctions,
  kTables,
  kRoles,
  kQueues,
  kTopics,
  kLogGroups,
  kAlarms,
  kCaches,       ///< of ElastiCache, in the region: CloudFormation chooses their names
  kNames,        ///< of Cloud Map, in the region: their ids are the service's
  kNameRecords,  ///< of the lab's name, in a zone whose id is Route 53's
};

/// Who makes a call; a call may have several.
enum Use : std::uint8_t { kNoCommand = 0, kPreflight = 1, kDeploy = 2, kFleet = 4, kUsers = 8 };

struct Call {
  std::string_view client;  ///< the file of cli/aws
  std::string_view operation;
  std::string_view action;  ///< of IAM; empty: it takes no permission, or none of those who run commands
  std::uint8_t uses;
  On on = On::kAny;
};
std::span<const Call> all_calls();

/// What CloudFormation asks for, with the permissions of whoever has it make a resource.
struct ResourceActions {
  std::string_view type;
  std::string_view actions;  ///< with blanks between
  On on = On::kAny;
};
std::span<const ResourceActions> resource_actions();

}  // namespace wsdeep::preflight
