#pragma once

#include <string>

#include "aws/client.h"

namespace wsdeep::aws {

struct CallerIdentity {
  std::string account;
  std::string arn;
  std::string user_id;
};

/// The Security Token Service. https://docs.aws.amazon.com/STS/latest/APIReference/
class Sts {
 public:
  Sts(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Whose credentials these are; no permission is needed to ask.
  CallerIdentity get_caller_identity();

 private:
  Client client_;
};

}  // namespace wsdeep::aws
