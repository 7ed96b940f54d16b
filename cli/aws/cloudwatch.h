#pragma once

#include <string>
#include <vector>

#include "aws/client.h"

namespace wsdeep::aws {

struct Alarm {
  std::string name;
  std::string state;   ///< OK, ALARM, INSUFFICIENT_DATA
  std::string reason;  ///< why it is in that state
};

/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/
class CloudWatch {
 public:
  CloudWatch(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Those of `names`, at most 100, that exist.
  std::vector<Alarm> describe_alarms(const std::vector<std::string>& names);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
