#pragma once

#include <string>

#include "aws/client.h"

namespace wsdeep::aws {

/// https://docs.aws.amazon.com/apigateway/latest/api/API_GetAccount.html
class ApiGateway {
 public:
  ApiGateway(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// The role with which all APIs of the account in this region write their logs; empty: there is none.
  std::string log_role();

 private:
  Client client_;
};

}  // namespace wsdeep::aws
