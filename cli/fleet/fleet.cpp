#include "fleet/fleet.h"

#include <fmt/format.h>

#include "base/error.h"
#include "deploy/fleet_move.h"
#include "deploy/stack_status.h"

namespace wsdeep::fleet {
namespace {

/// The price list is the same for all regions, and answers in one. It is worth no long wait.
aws::ClientOptions price_list_options(const deploy::StackSession& session) {
  deploy::StackTarget place = session.target;
  place.region = aws::Pricing::kRegion;
  aws::ClientOptions options =
      deploy::client_options(place, session.context, "PRICING", "api.pricing", session.interrupts.token());
  options.timeout = std::chrono::seconds(5);
  options.retry.max_attempts = 2;
  return options;
}

}  // namespace

Fleet::Fleet(deploy::StackSession& stack_session)
    : session(stack_session),
      stack(deploy::require_fleet(session)),
      autoscaling(session.access.http, session.client_options("AUTO_SCALING", "autoscaling"),
                  session.access.credentials, session.context.clock),
      load_balancer(session.access.http, session.client_options("ELASTIC_LOAD_BALANCING_V2", "elasticloadbalancing"),
                    session.access.credentials, session.context.clock),
      ec2(session.access.http, session.client_options("EC2", "ec2"), session.access.credentials, session.context.clock),
      cloudwatch(session.access.http, session.client_options("CLOUDWATCH", "monitoring"), session.access.credentials,
                 session.context.clock),
      pricing(session.access.http, price_list_options(session), session.access.credentials, session.context.clock) {
  if (main().group.empty())
    throw Error(ErrorKind::kNotFound, fmt::format("'{}' has no nodes: it has no output NodeGroupName", stack.name),
                "is it a stack of wsdeep's? deploy it with: wsdeep deploy --fleet");
}

GroupNames Fleet::main() const {
  return {deploy::output_of(stack, "NodeGroupName"), deploy::output_of(stack, "NodeTargetGroupArn")};
}

GroupNames Fleet::rollout() const {
  return {deploy::output_of(stack, "RolloutGroupName"), deploy::output_of(stack, "RolloutTargetGroupArn")};
}

void Fleet::reload() {
  stack = session.require_stack();
}

aws::AutoScalingGroup Fleet::require_group(const std::string& name) {
  auto group = autoscaling.describe_group(name);
  if (!group)
    throw Error(
        ErrorKind::kNotFound,
        fmt::format("the Auto Scaling group '{}' of '{}' is gone from {}", name, stack.name, session.target.region),
        "somebody has deleted it outside of CloudFormation: see what else differs with wsdeep diff --drift");
  return *group;
}

}  // namespace wsdeep::fleet
