#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fleet/watch.h"

/// A new model, or a new image of its engine, beside the old one: a second group of nodes with a target group of its
/// own, to which the load balancer sends a share of the calls. Both are resources of the stack that parameters call
/// into being, so all of its state is in AWS: RolloutModel, RolloutImage, RolloutModelBucket, RolloutModelPrefix,
/// RolloutNodes, RolloutWeight (percent) and RolloutRest (what the old ones get).
namespace wsdeep::fleet {

struct RolloutRequest {
  std::string model;                  ///< empty: the one that is served
  std::string image;                  ///< empty: the one that is used
  std::string model_source;           ///< s3://bucket/prefix; empty: where the model comes from now
  std::optional<std::int64_t> nodes;  ///< absent: as many as are wanted of the old ones
};

/// How the traffic moves.
struct RolloutPace {
  std::vector<std::int64_t> steps;    ///< rising percents
  std::chrono::milliseconds hold{0};  ///< how long everything has to stay well after each
  std::chrono::milliseconds poll{2000};
};

class Rollout {
 public:
  Rollout(Fleet& fleet, Watch& watch) : fleet_(fleet), watch_(watch) {}

  /// What the parameters would be. Throws Error{kUsage} for what cannot be rolled out, Error{kRefused} while another
  /// rollout is under way.
  std::map<std::string, std::string> plan(const RolloutRequest& request) const;
  /// Makes the second group, and waits until its nodes serve. No traffic moves.
  void begin(const std::map<std::string, std::string>& parameters, const RolloutPace& pace);
  /// Moves the traffic step by step, from where it is. When a node of the new model stops serving, or an alarm of
  /// either stack begins to ring, all traffic goes back to the old ones, and Error{kFailure} tells.
  void move(const RolloutPace& pace);
  /// All traffic to the old nodes, and the new ones away.
  void back(const RolloutPace& pace);
  /// Throws Error{kUsage} while the new model does not have all the traffic, and where the settings say something else:
  /// the next deployment would go by them.
  void check_finish() const;
  /// The old group gets the new model while the new one serves; then the traffic returns, and the new group goes.
  void finish(const RolloutPace& pace);

  RolloutState state() const { return rollout_state(fleet_.stack); }

 private:
  void replace_outdated();
  void wait_until_served(const std::string& what);
  void set_weight(std::int64_t weight, const RolloutPace& pace);
  /// What goes wrong while a step is held; empty: nothing. `before`: the alarms that rang before the traffic moved.
  std::string fault_within(const RolloutPace& pace, const std::vector<std::string>& before);
  std::vector<std::string> ringing();

  Fleet& fleet_;
  Watch& watch_;
  std::optional<std::vector<std::string>> alarm_names_;  ///< of both stacks, once they have been asked for
};

}  // namespace wsdeep::fleet
