#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/client.h"
#include "aws/xml.h"

/// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/
namespace wsdeep::aws {

struct GroupInstance {
  std::string id;
  std::string type;
  std::string zone;
  std::string lifecycle;             ///< InService, Pending, Terminating:Wait, …
  std::string health;                ///< Healthy, Unhealthy
  std::string launch_template = {};  ///< that it was started from, `lt-1 version 7`; empty: not told
};

struct AutoScalingGroup {
  std::string name;
  std::string min, desired, max;
  std::vector<GroupInstance> instances;
  std::vector<std::string> suspended;  ///< processes: AlarmNotification, Launch, …
  std::string warm_pool_size;          ///< instances that wait in its warm pool; empty: it has none
  std::string warm_pool_state;         ///< Stopped, Running, Hibernated
  std::string launch_template = {};    ///< that its next instance is started from, `lt-1 version 7`; empty: not told
};

/// One thing that the group does or has done. Times are as the service writes them.
struct ScalingActivity {
  std::string id;
  std::string description;  ///< `Launching a new EC2 instance: i-…`
  std::string status;       ///< InProgress, Successful, Failed, Cancelled, PreInService, …
  std::string message;      ///< why it failed, such as a lack of capacity
  std::string start;
  std::string end;  ///< empty while it runs
  std::string progress;
};

struct InstanceRefresh {
  std::string id;
  std::string
      status;  ///< Pending, InProgress, Successful, Failed, Cancelling, Cancelled, RollbackInProgress, Baking, …
  std::string reason;
  std::string start;
  std::string end;
  std::int64_t percent = 0;
  std::int64_t left = 0;  ///< instances that are still to be replaced
};

/// Each instance is replaced by one that is made first; after each share of `checkpoints` (percent, the last 100) it
/// rests for `checkpoint_delay`.
struct RefreshRequest {
  std::string group;
  std::int64_t min_healthy = 100;  ///< percent of the desired capacity; AWS wants `max_healthy` at most 100 above it
  std::int64_t max_healthy = 110;
  std::vector<std::int64_t> checkpoints;
  std::int64_t checkpoint_delay_seconds = 0;
  std::int64_t warmup_seconds = 0;
  bool skip_matching = false;  ///< leave alone what runs the wanted launch template already
};

class AutoScaling {
 public:
  AutoScaling(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Nothing when there is no such group.
  std::optional<AutoScalingGroup> describe_group(const std::string& name);
  /// The newest first, at most `most` (up to 100) of the last six weeks.
  std::vector<ScalingActivity> describe_activities(const std::string& group, int most);

  void set_desired(const std::string& group, std::int64_t desired);
  struct Sizes {
    std::optional<std::int64_t> min, desired, max;
  };
  void set_sizes(const std::string& group, const Sizes& sizes);

  /// The group makes another one unless `shrink`. The activity that began.
  ScalingActivity terminate(const std::string& instance, bool shrink);
  ScalingActivity enter_standby(const std::string& group, const std::string& instance, bool shrink);
  /// The desired capacity grows by it.
  ScalingActivity exit_standby(const std::string& group, const std::string& instance);

  /// Its id. ServiceError `InstanceRefreshInProgress` when one runs already.
  std::string start_refresh(const RefreshRequest& request);
  /// The newest first.
  std::vector<InstanceRefresh> describe_refreshes(const std::string& group, int most);
  /// ServiceError `ActiveInstanceRefreshNotFound` when none runs.
  void cancel_refresh(const std::string& group);
  void rollback_refresh(const std::string& group);

 private:
  XmlNode ask(const char* action, const std::vector<std::pair<std::string, std::string>>& parameters,
              bool retry_safe = true);

  Client client_;
};

}  // namespace wsdeep::aws
