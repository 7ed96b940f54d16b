#pragma once

#include <optional>
#include <string>

#include "aws/client.h"

namespace wsdeep::aws {

/// A function as Lambda describes it.
/// https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
struct FunctionConfiguration {
  std::string version;      ///< `$LATEST`, or the number of a published one
  std::string code_sha256;  ///< base64
  std::string update;       ///< InProgress, Successful, Failed; empty where Lambda does not say
  std::string update_reason;
};

/// Lambda's functions, their versions and aliases: what changes them. (`Lambda` calls them.)
class LambdaFunctions {
 public:
  LambdaFunctions(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
  FunctionConfiguration configuration(const std::string& function);
  /// The zip in S3 becomes the code of $LATEST; the update has not ended when this returns.
  /// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
  FunctionConfiguration update_code(const std::string& function, const std::string& bucket, const std::string& key);
  /// The number of the version that $LATEST has become, or is already; ServiceError unless its code is that.
  /// https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
  std::string publish(const std::string& function, const std::string& code_sha256);
  /// The version that an alias names, its larger part when it names two; nothing for an alias that there is not.
  /// https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html
  std::optional<std::string> alias_version(const std::string& function, const std::string& alias);
  /// All calls of the alias go to that version.
  /// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
  void point_alias(const std::string& function, const std::string& alias, const std::string& version);

 private:
  std::string call(const char* operation, const char* method, const std::string& function, const std::string& rest,
                   std::string body = {});

  Client client_;
};

}  // namespace wsdeep::aws
