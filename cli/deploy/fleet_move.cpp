#include "deploy/fleet_move.h"

#include <fmt/format.h>

#include "deploy/stack_status.h"
#include "stack/template/facts.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

constexpr const char* kGroup = "AWS::AutoScaling::AutoScalingGroup";

/// What is to be known of moving, and how it is done.
std::string way_to_move(const StackTarget& target) {
  return fmt::format(
      "to move them, run wsdeep deploy --move-fleet{}: it deletes the nodes of '{}' and then makes those of '{}'; from "
      "the one to the other nobody gets an answer, as long as a node takes to load its model",
      target.flag(), target.service_name(), target.of(stack::Part::kFleet).name);
}

}  // namespace

bool holds_nodes(const aws::Stack& stack) {
  return !output_of(stack, "NodeGroupName").empty();
}

void check_nodes_stay(const Plan& plan, StackSession& session, bool move) {
  const StackTarget service = session.target.of(stack::Part::kService);
  const StackTarget fleet = session.target.of(stack::Part::kFleet);
  const bool is_service = session.target.part == stack::Part::kService;
  if (is_service && !stack::resources_of_type(plan.source, kGroup).empty()) return;
  const auto deployed = session.access.cloudformation.describe_stack(service.name);
  if (!deployed || !holds_nodes(*deployed)) return;
  if (!is_service || !move)
    throw Error(
        ErrorKind::kRefused,
        fmt::format(
            "'{}' still holds the nodes ({}), as an earlier wsdeep made it; now they have a stack of their own, "
            "'{}', {}",
            service.name, output_of(*deployed, "NodeGroupName"), fleet.name,
            is_service ? "and this deployment would delete them before there are others"
                       : "which cannot be made beside them: both have the name llm.domain"),
        way_to_move(service));
  say(session.context.console,
      fmt::format("the nodes of {} are deleted, and made anew in {}: until those serve, nobody gets an answer",
                  service.name, fleet.name));
}

aws::Stack require_fleet(StackSession& session) {
  if (auto fleet = session.find_stack()) return *fleet;
  const std::string name = session.target.service_name();
  if (name.ends_with(stack::kFleetSuffix))
    throw missing_stack(session.target, fmt::format("--stack takes the name of the service's stack: --stack {}",
                                                    name.substr(0, name.size() - stack::kFleetSuffix.size())));
  const auto service = session.access.cloudformation.describe_stack(name);
  if (!service || !holds_nodes(*service)) throw missing_stack(session.target);
  throw Error(ErrorKind::kNotFound,
              fmt::format("there is no stack '{}' in {}: '{}' holds the nodes, as an earlier wsdeep made it",
                          session.target.name, session.target.region, service->name),
              way_to_move(session.target));
}

}  // namespace wsdeep::deploy
