#include "aws/lambda_account.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "wire/json_fields.h"

namespace wsdeep::aws {
namespace {

std::string get_from(Client& client, const char* operation, std::string target) {
  Client::Request request;
  request.operation = operation;
  request.method = "GET";
  request.target = std::move(target);
  return client.send(request).body;
}

}  // namespace

LambdaAccount::LambdaAccount(net::HttpClient& http, ClientOptions options, CredentialSource& credentials,
                             const Clock& clock)
    : client_(http, std::move(options), credentials, "lambda", "lambda", clock) {}

LambdaLimits LambdaAccount::limits() {
  const std::string answer = get_from(client_, "GetAccountSettings", "/2016-08-19/account-settings");
  const wire::Json document = wire::parse_json(answer, "the answer to GetAccountSettings");
  const wire::JsonFields limit = wire::JsonFields(document).object("AccountLimit");
  return {limit.integer("ConcurrentExecutions"), limit.integer("UnreservedConcurrentExecutions")};
}

std::optional<std::int64_t> LambdaAccount::reserved(const std::string& function) {
  try {
    const std::string answer = get_from(client_, "GetFunctionConcurrency",
                                        fmt::format("/2019-09-30/functions/{}/concurrency", percent_encode(function)));
    const wire::Json document = wire::parse_json(answer, "the answer to GetFunctionConcurrency");
    return wire::JsonFields(document).integer_if("ReservedConcurrentExecutions");
  } catch (const ServiceError& error) {
    if (error.kind() == ErrorKind::kNotFound) return std::nullopt;
    throw;
  }
}

}  // namespace wsdeep::aws
