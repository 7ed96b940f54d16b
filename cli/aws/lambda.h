#pragma once

#include <string>
#include <string_view>

#include "aws/client.h"

namespace wsdeep::aws {

/// The Lambda Invoke API. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
class Lambda {
 public:
  Lambda(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Invocation type Event: returns once Lambda has taken it. Throttling is retried, then a ServiceError.
  void invoke_async(std::string_view function, std::string_view payload, const CallContext& context = {});
  /// Invocation type RequestResponse: the payload of the answer; throws Error{kFailure} with the function's error.
  std::string invoke(std::string_view function, std::string_view payload, const CallContext& context = {});

 private:
  Client client_;
};

}  // namespace wsdeep::aws
