#pragma once

#include <string>

#include "aws/client.h"

namespace wsdeep::aws {

/// What is known about a secret, but for the secret.
struct SecretInfo {
  std::string arn;
  bool is_deleted = false;  ///< it waits for its end, and cannot be read any more
};

/// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
class SecretsManager {
 public:
  SecretsManager(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// By name or ARN. Throws ServiceError, kNotFound when there is none.
  SecretInfo describe(const std::string& name);
  /// GetSecretValue: the text of the current version. Throws ServiceError, and Error{kFailure} for one that holds
  /// bytes. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
  std::string value(const std::string& name, const CallContext& context = {});

 private:
  Client client_;
};

}  // namespace wsdeep::aws
