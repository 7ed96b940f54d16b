#include "aws/bedrock_models.h"

#include "base/encoding.h"
#include "wire/json_fields.h"

namespace wsdeep::aws {

BedrockModels::BedrockModels(net::HttpClient& http, ClientOptions options, CredentialSource& credentials,
                             const Clock& clock)
    : client_(http, std::move(options), credentials, "bedrock", "bedrock", clock) {}

ModelAvailability BedrockModels::availability(const std::string& model) {
  Client::Request request;
  request.operation = "GetFoundationModelAvailability";
  request.method = "GET";
  request.target = "/foundation-model-availability/" + percent_encode(model);
  const wire::Json document =
      wire::parse_json(client_.send(request).body, "the answer to GetFoundationModelAvailability");
  const wire::JsonFields fields(document);
  const wire::JsonFields agreement = fields.object("agreementAvailability");
  return {agreement.text("status"), agreement.text_or("errorMessage", ""),
          fields.text("authorizationStatus") == "AUTHORIZED", fields.text("entitlementAvailability") == "AVAILABLE",
          fields.text("regionAvailability") == "AVAILABLE"};
}

}  // namespace wsdeep::aws
