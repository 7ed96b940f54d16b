#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "aws/client.h"

namespace wsdeep::aws {

struct LambdaLimits {
  std::int64_t concurrent = 0;  ///< executions at a time, of all functions in the region
  std::int64_t unreserved = 0;  ///< what functions without a reservation share of them
};

/// What Lambda allows the account. https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
class LambdaAccount {
 public:
  LambdaAccount(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  LambdaLimits limits();
  /// What is reserved for a function; nothing where nothing is, or where there is no such function.
  std::optional<std::int64_t> reserved(const std::string& function);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
