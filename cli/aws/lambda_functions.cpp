#include "aws/lambda_functions.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::aws {
namespace {

FunctionConfiguration read_configuration(const std::string& answer, const char* what) {
  const wire::Json document = wire::parse_json(answer, what);
  const wire::JsonFields fields(document);
  return {fields.text_or("Version", "$LATEST"), fields.text_or("CodeSha256", ""),
          fields.text_or("LastUpdateStatus", ""), fields.text_or("LastUpdateStatusReason", "")};
}

std::string read_text(const std::string& answer, const char* what, const char* field) {
  const wire::Json document = wire::parse_json(answer, what);
  return wire::JsonFields(document).text(field);
}

}  // namespace

LambdaFunctions::LambdaFunctions(net::HttpClient& http, ClientOptions options, CredentialSource& credentials,
                                 const Clock& clock)
    : client_(http, std::move(options), credentials, "lambda", "lambda", clock) {}

/// All of these may be repeated: each says what is to be, not what is to be done once more.
std::string LambdaFunctions::call(const char* operation, const char* method, const std::string& function,
                                  const std::string& rest, std::string body) {
  Client::Request request;
  request.operation = fmt::format("{} of {}", operation, function);
  request.method = method;
  request.target = "/2015-03-31/functions/" + percent_encode(function) + rest;
  if (!body.empty()) request.headers = {{"Content-Type", "application/json"}};
  request.body = std::move(body);
  return client_.send(request).body;
}

FunctionConfiguration LambdaFunctions::configuration(const std::string& function) {
  return read_configuration(call("GetFunctionConfiguration", "GET", function, "/configuration"),
                            "GetFunctionConfiguration");
}

FunctionConfiguration LambdaFunctions::update_code(const std::string& function, const std::string& bucket,
                                                   const std::string& key) {
  const std::string body = wire::JsonObject().add("S3Bucket", bucket).add("S3Key", key).text();
  return read_configuration(call("UpdateFunctionCode", "PUT", function, "/code", body), "UpdateFunctionCode");
}

std::string LambdaFunctions::publish(const std::string& function, const std::string& code_sha256) {
  const std::string body = wire::JsonObject().add("CodeSha256", code_sha256).text();
  return read_text(call("PublishVersion", "POST", function, "/versions", body), "PublishVersion", "Version");
}

std::optional<std::string> LambdaFunctions::alias_version(const std::string& function, const std::string& alias) {
  try {
    return read_text(call("GetAlias", "GET", function, "/aliases/" + percent_encode(alias)), "GetAlias",
                     "FunctionVersion");
  } catch (const ServiceError& error) {
    if (error.status() != 404) throw;
    return std::nullopt;
  }
}

void LambdaFunctions::point_alias(const std::string& function, const std::string& alias, const std::string& version) {
  const std::string nobody_else = wire::JsonObject().add_json("AdditionalVersionWeights", "{}").text();
  const std::string body =
      wire::JsonObject().add("FunctionVersion", version).add_json("RoutingConfig", nobody_else).text();
  call("UpdateAlias", "PUT", function, "/aliases/" + percent_encode(alias), body);
}

}  // namespace wsdeep::aws
