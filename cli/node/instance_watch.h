#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "aws/instance_metadata.h"
#include "base/clock.h"
#include "base/env.h"
#include "llm/node/node.h"

namespace wsdeep::node {

/// Lets a node leave when the instance that it runs on is about to go: on a Spot notice, Auto Scaling's target state
/// Terminated or, outside of a group, a rebalance recommendation; stand aside in Standby, and come back from there.
/// Says on stdout that it leaves, and why, as the last stage of the node (wire/node_stage.h). Asks every five seconds,
/// as EC2's guide advises, in a thread of its own. A metadata service that does not answer changes nothing, and is told
/// once.
class InstanceWatch {
 public:
  /// `node` and `clock` outlive it. Throws Error{kUsage} when AWS_EC2_METADATA_DISABLED forbids to ask.
  InstanceWatch(llm::Node& node, const Env& env, const Clock& clock);

 private:
  void watch(const std::stop_token& stop, const Env& env);
  void ask(aws::InstanceMetadata& metadata, const std::stop_token& stop);
  void act(const aws::InstanceNotices& notices);
  void act_on_rebalance(const std::string& target_state);
  void leave(const std::string& cause, std::optional<std::chrono::milliseconds> left = std::nullopt);
  void leave_for_spot(const aws::SpotNotice& notice);
  void tell_of(const std::string& fault);

  llm::Node& node_;
  const Clock& clock_;
  aws::InstanceNotices known_;
  std::string fault_;  ///< of the last question
  std::jthread thread_;
};

}  // namespace wsdeep::node
