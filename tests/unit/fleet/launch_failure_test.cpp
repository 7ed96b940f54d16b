#include "fleet/launch_failure.h"

#include <gtest/gtest.h>

namespace wsdeep::fleet {
namespace {

struct FailureCase {
  const char* message;  ///< as Auto Scaling has it
  const char* code;
  const char* remedy;  ///< a part of it
  bool may_pass;
};

constexpr FailureCase kCases[] = {
    {"Could not launch On-Demand Instances. VcpuLimitExceeded - You have requested more vCPU capacity than your "
     "current "
     "vCPU limit of 0 allows for the instance bucket that the specified instance type belongs to. Please visit "
     "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit. Launching EC2 instance "
     "failed.",
     "VcpuLimitExceeded", "Service Quotas", false},
    {"You have requested more vCPU capacity than your current vCPU limit of 8 allows for the instance bucket that the "
     "specified instance type belongs to. Launching EC2 instance failed.",
     "VcpuLimitExceeded", "Running On-Demand G and VT instances", false},
    {"You have requested more instances (7) than your current instance limit of 6 allows for the specified instance "
     "type.",
     "InstanceLimitExceeded", "Service Quotas", false},
    {"Could not launch Spot Instances. MaxSpotInstanceCountExceeded - Max spot instance count exceeded. Launching EC2 "
     "instance failed.",
     "MaxSpotInstanceCountExceeded", "Spot Instance Requests", false},
    {"You've reached your quota for maximum Fleet Requests for this account. Launching EC2 instance failed.",
     "MaxFleetCountExceeded", "Service Quotas", false},
    {"We currently do not have sufficient p4d.24xlarge capacity in the Availability Zone you requested (us-east-1a). "
     "Our "
     "system will be working on provisioning additional capacity.",
     "InsufficientInstanceCapacity", "more types in llm.instance_types", true},
    {"Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity due to your request "
     "configuration. Launching EC2 instance failed.",
     "UnfulfillableCapacity", "llm.capacity", true},
    {"There is no Spot capacity available that matches your request. Launching EC2 instance failed.",
     "UnfulfillableCapacity", "no Spot instance", true},
    {"There are not enough free addresses in subnet subnet-0ab1. Launching EC2 instance failed.",
     "InsufficientFreeAddressesInSubnet", "larger subnets", true},
    {"Your requested instance type (g6e.xlarge) is not supported in your requested Availability Zone (us-east-1e).",
     "Unsupported", "other zones", false},
    {"The requested configuration is currently not supported. Please check the documentation for supported "
     "configurations. Launching EC2 instance failed.",
     "Unsupported", "not offered", false},
    {"Could not launch On-Demand Instances. InvalidAMIID.NotFound - The image id '[ami-02c7e84c65fcfecee]' does not "
     "exist. Launching EC2 instance failed.",
     "InvalidAMIID", "llm.ami", false},
    {"Could not launch On-Demand Instances. InvalidParameterCombination - The specified instance type is not eligible "
     "for Free Tier. Launching EC2 instance failed.",
     "InvalidParameterCombination", "free plan", false},
    {"Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: "
     "Client.InternalError: Client error on launch",
     "Client.InternalError", "KMS", false},
    {"This account is currently blocked and not recognized as a valid account. Launching EC2 instance failed.",
     "Blocked", "AWS Support", false},
    {"Authentication Failure. Launching EC2 instance failed.", "AuthFailure", "AWSServiceRoleForAutoScaling", true},
    {"Instance failed to complete user's Lifecycle Action: Lifecycle Action with token 1a2b was abandoned: Heartbeat "
     "Timeout",
     "", "wsdeep logs --node", true},
    {"something that nobody has seen yet", "", "EC2's own", true},
    {"", "", "Auto Scaling goes on trying", true},
};

TEST(LaunchFailure, HasTheCodeBehindEachMessageAndWhatToDo) {
  for (const FailureCase& one : kCases) {
    aws::ScalingActivity activity;
    activity.message = one.message;
    const LaunchFailure found = explain_launch(activity);
    EXPECT_EQ(found.code, one.code) << one.message;
    EXPECT_NE(found.remedy.find(one.remedy), std::string_view::npos) << one.message << "\n" << found.remedy;
    EXPECT_EQ(found.may_pass, one.may_pass) << one.message;
  }
}

}  // namespace
}  // namespace wsdeep::fleet
