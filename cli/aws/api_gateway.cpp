#include "aws/api_gateway.h"

#include "wire/json_fields.h"

namespace wsdeep::aws {

ApiGateway::ApiGateway(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "apigateway", "apigateway", clock) {}

std::string ApiGateway::log_role() {
  Client::Request request;
  request.operation = "GetAccount";
  request.method = "GET";
  request.target = "/account";
  request.headers = {{"Accept", "application/json"}};  // else it answers in HAL
  const wire::Json document = wire::parse_json(client_.send(request).body, "the answer to GetAccount");
  return wire::JsonFields(document).text_or("cloudwatchRoleArn", "");
}

}  // namespace wsdeep::aws
