#include "aws/lambda.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/printable.h"
#include "wire/json_fields.h"

namespace wsdeep::aws {
namespace {

Client::Request invocation(std::string_view function, std::string_view payload, const char* type) {
  Client::Request request;
  request.operation = fmt::format("invoke {}", function);
  request.target = "/2015-03-31/functions/" + percent_encode(function) + "/invocations";
  request.headers = {{"Content-Type", "application/json"}, {"X-Amz-Invocation-Type", type}};
  request.body = payload;
  return request;
}

/// `Runtime.ExitError: RequestId: … Error: exit status 1`, as far as the function's error document says it.
std::string function_error(const std::string& payload) {
  try {
    const wire::Json document = wire::parse_json(payload, "function error");
    const wire::JsonFields fields(document);
    return fmt::format("{}: {}", fields.text_or("errorType", "error"),
                       strip_control(fields.text_or("errorMessage", "no message")));
  } catch (const Error&) {
    return "an error that is not JSON";
  }
}

}  // namespace

Lambda::Lambda(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "lambda", "lambda", clock) {}

void Lambda::invoke_async(std::string_view function, std::string_view payload, const CallContext& context) {
  // Repeatable: Lambda delivers such an event at least once anyway.
  client_.send(invocation(function, payload, "Event"), context);
}

std::string Lambda::invoke(std::string_view function, std::string_view payload, const CallContext& context) {
  Client::Request request = invocation(function, payload, "RequestResponse");
  request.retry_safe = false;
  net::HttpResponse response = client_.send(request, context);
  if (net::header(response.headers, "X-Amz-Function-Error"))
    throw Error(ErrorKind::kFailure, fmt::format("function {} failed: {}", function, function_error(response.body)),
                "see the function's log");
  return std::move(response.body);
}

}  // namespace wsdeep::aws
