#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fleet/fleet.h"
#include "fleet/prices.h"
#include "fleet/stages.h"

namespace wsdeep::fleet {

/// What is not there was not found out, and is not 0.
struct Node {
  std::string id;
  std::string type;
  std::string zone;
  std::string lifecycle;                 ///< as Auto Scaling has it: InService, Terminating:Wait, …
  std::string health;                    ///< as Auto Scaling has it: Healthy, Unhealthy; empty: not in the group
  std::string target;                    ///< as the load balancer has it: healthy, draining, …; empty: not registered
  std::string reason;                    ///< why the target is not healthy: its code, and what it says
  std::optional<wire::NodeStage> stage;  ///< of one that does not serve: how far it is, by its own word
  std::optional<bool> spot;
  std::optional<SystemTime> launched;
  std::optional<double> load;  ///< (running + waiting) / slots
  std::optional<double> running, waiting;
  std::optional<double> ttft_p50_ms;
  std::optional<double> usd_per_hour;

  /// Answers calls.
  bool serves() const { return lifecycle == "InService" && target == "healthy"; }
  bool is_leaving() const { return lifecycle.starts_with("Terminat"); }
  bool is_coming() const { return lifecycle.starts_with("Pending") || lifecycle.starts_with("Warmed"); }
  /// Has given up, by its own word.
  bool has_failed() const { return stage && stage->stage == "failed"; }
  bool is_standby() const { return lifecycle.ends_with("Standby"); }
};

struct Group {
  std::string name;
  std::int64_t min = 0, desired = 0, max = 0;
  std::vector<std::string> suspended;
  std::optional<std::int64_t> warm;  ///< instances that wait in the group's warm pool
  std::string warm_state;            ///< Stopped, Running, Hibernated
  std::vector<Node> nodes;
  std::vector<aws::ScalingActivity> activities;  ///< the newest first
  std::optional<aws::InstanceRefresh> refresh;   ///< the newest, of whatever status

  std::size_t serving() const;
  /// The newest that failed, unless one of its kind has succeeded since.
  const aws::ScalingActivity* last_failure() const;
};

/// A new model beside the old, as the parameters of the stack have it.
struct RolloutState {
  std::string model;  ///< empty: none is under way
  std::string image;
  std::int64_t nodes = 0;
  std::int64_t weight = 0;  ///< percent of the traffic that it gets

  bool is_under_way() const { return !model.empty(); }
};

struct Snapshot {
  SystemTime at;
  std::string stack;
  std::string region;
  Group main;
  std::optional<Group> rollout_group;
  RolloutState rollout;
  std::vector<std::string> notes;  ///< what could not be found out, and why
};

RolloutState rollout_state(const aws::Stack& stack);

/// True for a refresh that has not come to its end.
bool is_under_way(const aws::InstanceRefresh& refresh);
/// True for an activity that has not come to its end.
bool is_under_way(const aws::ScalingActivity& activity);

/// True for one that came to nothing: failed, or given up, as by a hook that nobody completed.
bool has_failed(const aws::ScalingActivity& activity);

/// Looks at a fleet again and again; what hardly changes it asks for once in a while. Group and target health have to
/// be readable; what else is not becomes a note.
class SnapshotReader {
 public:
  explicit SnapshotReader(Fleet& fleet) : fleet_(fleet), prices_(fleet) {}

  Snapshot read();

 private:
  Group read_group(const GroupNames& names, Snapshot& into);
  void add_health(const std::string& target_group, Group& group);
  void add_stages(Group& group, Snapshot& into);
  void add_instances(Group& group, Snapshot& into);
  void add_measures(Group& group, Snapshot& into);
  void add_prices(Group& group);

  Fleet& fleet_;
  Prices prices_;
  Stages stages_;
  bool has_looked_ = false;
  std::map<std::string, aws::Ec2Instance> known_;  ///< what never changes of an instance
};

}  // namespace wsdeep::fleet
