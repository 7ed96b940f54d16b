#pragma once

#include <string>

#include "aws/client.h"

namespace wsdeep::aws {

/// Whether an account may use a foundation model in a region.
struct ModelAvailability {
  std::string agreement;  ///< with its seller: AVAILABLE, PENDING, NOT_AVAILABLE, ERROR
  std::string fault;      ///< of an agreement that is in ERROR; may be empty
  bool is_authorized = true;
  bool is_entitled = true;
  bool is_in_region = true;
};

/// Amazon Bedrock, about its models; `Bedrock` asks them.
class BedrockModels {
 public:
  BedrockModels(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// By id, such as `deepseek.r1-v1:0`. Throws ServiceError, kNotFound when there is none.
  /// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetFoundationModelAvailability.html
  ModelAvailability availability(const std::string& model);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
