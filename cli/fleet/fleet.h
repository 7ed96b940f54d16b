#pragma once

#include <string>

#include "aws/autoscaling.h"
#include "aws/cloudformation.h"
#include "aws/cloudwatch.h"
#include "aws/ec2.h"
#include "aws/elbv2.h"
#include "aws/pricing.h"
#include "deploy/stack_session.h"

/// The GPU nodes of a stack: what they are, how many, and how they change. A node is one instance of the stack's Auto
/// Scaling group, and a target of its load balancer.
namespace wsdeep::fleet {

/// A group of nodes and the target group through which its traffic comes.
struct GroupNames {
  std::string group;
  std::string target_group;  ///< its ARN; empty: the stack does not say
};

/// The fleet of the nodes' stack, and the clients that reach it. One thread at a time.
class Fleet {
 public:
  /// Throws what deploy::require_fleet does, and Error{kNotFound} for a stack without nodes.
  explicit Fleet(deploy::StackSession& session);

  const Clock& clock() const { return session.context.clock; }
  const Console& console() const { return session.context.console; }
  const Interrupts& interrupts() const { return session.interrupts; }
  /// The nodes that the stack always has.
  GroupNames main() const;
  /// Those of a new model beside them; the group is empty when no rollout is under way.
  GroupNames rollout() const;
  /// The stack as it is now, its parameters and outputs.
  void reload();
  /// Throws Error{kNotFound}: CloudFormation has made it, and somebody has deleted it.
  aws::AutoScalingGroup require_group(const std::string& name);

  deploy::StackSession& session;
  aws::Stack stack;
  aws::AutoScaling autoscaling;
  aws::Elbv2 load_balancer;
  aws::Ec2 ec2;
  aws::CloudWatch cloudwatch;
  aws::Pricing pricing;
};

}  // namespace wsdeep::fleet
