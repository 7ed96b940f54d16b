#pragma once

#include <string>
#include <vector>

#include "aws/client.h"

namespace wsdeep::aws {

/// A deployment of CodeDeploy, as far as it failed.
/// https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html
struct ShiftFailure {
  std::string id;      ///< d-…
  std::string status;  ///< Failed, Stopped
  std::string code;    ///< ALARM_ACTIVE, TIMEOUT, …
  std::string message;

  /// The names of the alarms that stopped it, which CodeDeploy tells in its message alone.
  std::vector<std::string> alarms() const;
};

class CodeDeploy {
 public:
  CodeDeploy(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Of the deployments of a group since then those that failed or were stopped, the newest first.
  /// https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ListDeployments.html
  std::vector<ShiftFailure> failures(const std::string& application, const std::string& group, SystemTime since);

 private:
  std::string call(const char* operation, const std::string& body);

  Client client_;
};

}  // namespace wsdeep::aws
