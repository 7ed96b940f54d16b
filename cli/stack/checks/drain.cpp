// What is still running when an instance of an Auto Scaling group has to go: the load balancer lets its connections end
// until the deregistration delay of the target group is over, and Auto Scaling holds the instance until the lifecycle
// hook is. A hook that is over first ends the instance under its connections, and only those notice that run long.

#include <fmt/format.h>

#include "base/text.h"
#include "stack/checks/context.h"

namespace wsdeep::stack {
namespace {

/// What AWS takes where nothing is written.
constexpr std::int64_t kDefaultDelay = 300;
constexpr std::int64_t kDefaultHeartbeat = 3600;
constexpr std::string_view kDelay = "deregistration_delay.timeout_seconds";
constexpr std::string_view kTerminating = "autoscaling:EC2_INSTANCE_TERMINATING";

/// The name behind `!Ref name`, or nothing.
std::string_view referred(const YamlNode& node) {
  const Intrinsic function = intrinsic_of(node);
  return function.name == "Ref" && function.argument->is_scalar() ? std::string_view(function.argument->value)
                                                                  : std::string_view{};
}

/// A number that is written, or that the deployment gives to the parameter; `absent` where there is no such key.
std::optional<std::int64_t> seconds(const ValidateContext& context, const YamlNode* node, std::int64_t absent) {
  constexpr std::int64_t kDay = 86'400;
  if (node == nullptr) return absent;
  const std::string_view name = referred(*node);
  if (!name.empty()) {
    const std::string* value = context.value_of(std::string(name));
    return value == nullptr ? std::nullopt : parse_integer(*value, 0, kDay);
  }
  return node->is_scalar() && intrinsic_of(*node).name.empty() ? parse_integer(node->value, 0, kDay) : std::nullopt;
}

const YamlNode* property(const YamlNode& resource, std::string_view name) {
  const YamlNode* properties = resource.find("Properties");
  return properties == nullptr ? nullptr : properties->find(name);
}

std::optional<std::int64_t> delay_of(const ValidateContext& context, const YamlNode& target_group) {
  const YamlNode* attributes = property(target_group, "TargetGroupAttributes");
  if (attributes == nullptr) return kDefaultDelay;
  for (const YamlNode& attribute : attributes->items) {
    const YamlNode* key = attribute.find("Key");
    if (key != nullptr && key->value == kDelay) return seconds(context, attribute.find("Value"), kDefaultDelay);
  }
  return kDefaultDelay;
}

void check_hook(ValidateContext& context, const std::string& group, const YamlNode& hook, const std::string& target,
                std::int64_t delay) {
  const YamlNode* transition = hook.find("LifecycleTransition");
  if (transition == nullptr || transition->value != kTerminating) return;
  const YamlNode* timeout = hook.find("HeartbeatTimeout");
  const auto heartbeat = seconds(context, timeout, kDefaultHeartbeat);
  if (!heartbeat || *heartbeat > delay) return;
  context.warn(timeout != nullptr ? timeout->at : hook.at,
               fmt::format("the hook of '{}' lets an instance go after {} s (HeartbeatTimeout), and '{}' gives its "
                           "connections {} s ({})",
                           group, *heartbeat, target, delay, kDelay),
               "make the hook's time the longer one");
}

void check_group(ValidateContext& context, const std::string& id, const YamlNode& group) {
  const YamlNode* hooks = property(group, "LifecycleHookSpecificationList");
  const YamlNode* targets = property(group, "TargetGroupARNs");
  if (hooks == nullptr || targets == nullptr) return;
  for (const YamlNode& target : targets->items) {
    const auto found = context.resources.find(std::string(referred(target)));
    if (found == context.resources.end()) continue;
    const auto delay = delay_of(context, *found->second);
    if (!delay) continue;
    for (const YamlNode& hook : hooks->items) check_hook(context, id, hook, found->first, *delay);
  }
}

}  // namespace

void check_drain(ValidateContext& context) {
  for (const auto& [id, resource] : context.resources) {
    const YamlNode* type = resource->find("Type");
    if (type != nullptr && type->value == "AWS::AutoScaling::AutoScalingGroup") check_group(context, id, *resource);
  }
}

}  // namespace wsdeep::stack
