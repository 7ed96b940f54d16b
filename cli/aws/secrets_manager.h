#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/client.h"

namespace wsdeep::aws {

/// What is known about a secret, but for the secret.
struct SecretInfo {
  std::string arn;
  bool is_deleted = false;  ///< it waits for its end, and cannot be read any more
};

/// A version of a secret.
struct SecretValue {
  std::string text;
  std::optional<SystemTime> made;
};

/// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
class SecretsManager {
 public:
  SecretsManager(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// By name or ARN. Throws ServiceError, kNotFound when there is none.
  SecretInfo describe(const std::string& name);
  /// GetSecretValue: the version that has the label `stage`; with none of that label a ServiceError of
  /// ResourceNotFoundException. Throws Error{kFailure} for one that holds bytes.
  /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
  SecretValue value(const std::string& name, const CallContext& context = {}, std::string_view stage = "AWSCURRENT");

 private:
  Client client_;
};

}  // namespace wsdeep::aws
