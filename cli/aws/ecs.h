#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/client.h"

namespace wsdeep::aws {

struct EcsContainer {
  std::string name;
  std::optional<std::int64_t> exit_code{};  ///< once it has ended, and where it was ever begun
  std::string reason{};                     ///< such as `CannotPullContainerError: …`
};

struct EcsTask {
  std::string arn;
  std::string last_status;       ///< PROVISIONING, PENDING, ACTIVATING, RUNNING, …, STOPPED
  std::string stop_code{};       ///< `TaskFailedToStart`, `EssentialContainerExited`, `SpotInterruption`, …
  std::string stopped_reason{};  ///< the service's words for it
  std::vector<EcsContainer> containers{};
};

/// What the service could not do, in an answer that is none of its errors (status 200).
struct EcsFailure {
  std::string arn{};
  std::string reason;  ///< `RESOURCE:MEMORY`, `AGENT`, `Capacity is unavailable at this time…`, `MISSING`
  std::string detail{};
};

struct EcsTasks {
  std::vector<EcsTask> tasks;
  std::vector<EcsFailure> failures;
};

struct RunTaskRequest {
  std::string cluster;
  std::string task_definition;  ///< family, family:revision, or ARN
  std::string launch_type{};    ///< FARGATE, EC2, EXTERNAL; empty: what the cluster has as its strategy
  std::string started_by{};     ///< at most 36 characters of A–Z a–z 0–9 - _ /
  std::string client_token{};   ///< at most 64 characters: of two calls with the same one, the second runs nothing
  /// Of the network mode awsvpc; nothing is said of it where there are no subnets.
  std::vector<std::string> subnets{};
  std::vector<std::string> security_groups{};
  bool public_ip = false;
  std::string container{};  ///< whose command and environment are these
  std::vector<std::string> command{};
  std::vector<std::pair<std::string, std::string>> environment{};

  /// `overrides` of the call, of which the service takes kMaxOverrides characters.
  std::string overrides_json() const;
};
inline constexpr std::size_t kMaxOverrides = 8192;

/// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/
class Ecs {
 public:
  Ecs(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Begins one task. Repeated when its answer was lost, which the token makes harmless.
  EcsTasks run_task(const RunTaskRequest& request);
  /// Asks for a hundred at a time. One that has been forgotten, an hour or so after its end, is a failure `MISSING`.
  EcsTasks describe_tasks(const std::string& cluster, const std::vector<std::string>& arns);
  /// SIGTERM, and after the container's stopTimeout SIGKILL. Within three seconds, whatever cancels the client's other
  /// calls.
  void stop_task(const std::string& cluster, const std::string& arn, const std::string& reason);

 private:
  std::string call(const char* operation, const std::string& body, const CallContext& context = {});

  Client client_;
};

}  // namespace wsdeep::aws
