#include "fleet/launch_failure.h"

#include <algorithm>
#include <array>

namespace wsdeep::fleet {
namespace {

/// A failed activity says no code by itself: it is in its message, `… VcpuLimitExceeded - You have requested …`, or
/// only EC2's sentence for it is. Whichever of the two is found first, from the top.
struct Row {
  std::string_view code;
  std::string_view words;  ///< of EC2's sentence
  bool may_pass;
  std::string_view remedy;
};

constexpr std::string_view kQuota =
    "the account's quota is used up; a new account has none for GPUs. Ask for more in Service Quotas, Amazon EC2: "
    "\"Running On-Demand G and VT instances\" or \"P instances\", for Spot \"All … Spot Instance Requests\"; it counts "
    "vCPUs. Or take a smaller type in llm.instance_types";
constexpr std::string_view kNoCapacity =
    "AWS has no such instance there at the moment. Auto Scaling goes on trying; more types in llm.instance_types and "
    "subnets in more zones find one sooner, llm.capacity_reservation keeps one";
constexpr std::string_view kNoSpot =
    "there is no Spot instance of these types at the moment. Auto Scaling goes on trying; more types in "
    "llm.instance_types find one sooner, on-demand instances by llm.capacity are there more often";
constexpr std::string_view kNotOffered =
    "this type is not offered in that zone, or not with these properties: take subnets in other zones, or another type "
    "in llm.instance_types";
constexpr std::string_view kImage = "llm.ami names an image that this account does not see in this region: correct it";
constexpr std::string_view kKey =
    "the instance ended as it started: mostly the key of its encrypted disk, which the service-linked role "
    "AWSServiceRoleForAutoScaling has to be allowed to use (KMS key policy)";
constexpr std::string_view kAccount =
    "AWS holds the account back: its notice is in the Health Dashboard, else ask AWS Support";
constexpr std::string_view kRole =
    "the group's role may not do this yet: a role that was made just now takes a minute. Auto Scaling tries again; if "
    "it "
    "stays so, see the service-linked role AWSServiceRoleForAutoScaling and the account's service control policies";
constexpr std::string_view kNeverServed =
    "the instance was there, and the node did not serve the model in time: its journal says why, see it with "
    "wsdeep logs --node";
constexpr std::string_view kUnknownFailure =
    "Auto Scaling goes on trying: the message above is EC2's own, correct what it names and deploy again";

constexpr std::array<Row, 29> kRows{{
    {"VcpuLimitExceeded", "vCPU limit", false, kQuota},
    {"MaxSpotInstanceCountExceeded", "spot instance count exceeded", false, kQuota},
    {"InstanceLimitExceeded", "instance limit", false, kQuota},
    {"MaxFleetCountExceeded", "maximum Fleet Requests", false, kQuota},
    {"InsufficientInstanceCapacity", "do not have sufficient", true, kNoCapacity},
    {"InsufficientHostCapacity", "", true, kNoCapacity},
    {"InsufficientCapacity", "", true, kNoCapacity},
    {"UnfulfillableCapacity", "no Spot capacity", true, kNoSpot},
    {"UnfulfillableCapacity", "Unable to fulfill capacity", true, kNoSpot},
    {"SpotMaxPriceTooLow", "", true, kNoSpot},
    {"ReservationCapacityExceeded", "capacity reservation", true,
     "the reservation has no room for it: it is used up, ended, or for another type or zone; see "
     "llm.capacity_reservation"},
    {"InsufficientFreeAddressesInSubnet", "not enough free addresses", true,
     "the subnet has no free address: delete what is unused there, or give the stack larger subnets"},
    {"Unsupported", "not supported in your requested Availability Zone", false, kNotOffered},
    {"Unsupported", "requested configuration is currently not supported", false, kNotOffered},
    {"InvalidInstanceType", "for InstanceType", false, "there is no such type: correct llm.instance_types"},
    {"InvalidAMIID", "image id", false, kImage},
    {"InvalidSnapshot", "snapshot", false, "llm.model_snapshot is not there, or not this account's: correct it"},
    {"VolumeLimitExceeded", "volume limit", false,
     "the account's quota of disks is used up: ask for more in Service Quotas, Amazon EBS, \"Storage for gp3 "
     "volumes\""},
    {"MaxIOPSLimitExceeded", "", false,
     "the account's quota of disk operations is used up: ask for more in Service Quotas, Amazon EBS"},
    {"InvalidParameterCombination", "not eligible for Free Tier", false,
     "an account on the free plan gets no GPU instances: upgrade its plan in Billing, then ask for the quota of vCPUs"},
    {"Client.InternalError", "Client error on launch", false, kKey},
    {"InvalidKMSKey", "", false, kKey},
    {"Blocked", "currently blocked", false, kAccount},
    {"PendingVerification", "being validated", true, kAccount},
    {"OptInRequired", "", false, kAccount},
    {"AuthFailure", "Authentication Failure", true, kRole},
    {"UnauthorizedOperation", "not authorized", true, kRole},
    {"InvalidParameterValue", "IAM Instance Profile", true, kRole},
    {"InvalidLaunchTemplate", "launch template", false,
     "the group's launch template was changed outside of CloudFormation: see how with wsdeep diff --drift, then "
     "deploy"},
}};

bool is_meant(const Row& row, std::string_view message) {
  return message.find(row.code) != std::string_view::npos ||
         (!row.words.empty() && message.find(row.words) != std::string_view::npos);
}

}  // namespace

LaunchFailure explain_launch(const aws::ScalingActivity& activity) {
  const std::string_view message = activity.message;
  // Of a launch hook: no fault of EC2's.
  if (message.find("Lifecycle Action") != std::string_view::npos) return {"", kNeverServed, true};
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& one) { return is_meant(one, message); });
  if (row == kRows.end()) return {"", kUnknownFailure, true};
  return {row->code, row->remedy, row->may_pass};
}

bool is_launch(const aws::ScalingActivity& activity) {
  return activity.description.starts_with("Launching");
}

}  // namespace wsdeep::fleet
