#pragma once

#include <map>
#include <string>
#include <vector>

#include "aws/client.h"

namespace wsdeep::aws {

/// What a Session Manager client connects with. The token is a secret as long as the session lives.
struct SsmSession {
  std::string id;
  std::string token;
  std::string stream_url;
};

struct SsmSessionRequest {
  std::string target;                             ///< an instance, i-… or mi-…
  std::string document;                           ///< such as AWS-StartPortForwardingSession
  std::map<std::string, std::string> parameters;  ///< of the document, one value each

  /// As StartSession takes it, and the plugin again.
  std::string json() const;
};

/// Session Manager's part of AWS Systems Manager.
/// https://docs.aws.amazon.com/systems-manager/latest/APIReference/
class Ssm {
 public:
  Ssm(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Not repeated when it may have arrived. An instance that is not connected is ServiceError `TargetNotConnected`.
  SsmSession start_session(const SsmSessionRequest& request);
  /// Within three seconds, whatever cancels the client's other calls.
  void terminate_session(const std::string& id);

  /// Values of Parameter Store by name; those that are not there are left out. At most ten.
  std::map<std::string, std::string> parameters(const std::vector<std::string>& names);

  const ClientOptions& options() const { return client_.options(); }

 private:
  Client client_;
};

}  // namespace wsdeep::aws
