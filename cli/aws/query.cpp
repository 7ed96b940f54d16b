#include "aws/query.h"

#include <fmt/format.h>

#include "base/display.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/utf8.h"

namespace wsdeep::aws {
namespace {

/// The page of a proxy or of a captive portal comes with status 200, too, and would read as an answer without content.
XmlNode answer_in(const net::HttpResponse& response, const std::string& action) {
  std::string cause;
  try {
    XmlNode answer = parse_xml(response.body, "the answer to " + action);
    if (answer.name == action + "Response") return answer;
    cause = fmt::format("; it begins with <{}>", cut_end(strip_control(answer.name), 40));
  } catch (const Error& error) {
    cause = fmt::format("; {}", error.what());
  }
  std::string type = net::header(response.headers, "content-type").value_or("of no type");
  if (!is_utf8(type)) type = "of an unreadable type";
  throw Error(ErrorKind::kFailure,
              fmt::format("the answer to {} is not AWS's ({}): is a proxy in the way?{}", action,
                          cut_end(strip_control(type), 60), cause),
              "check AWS_ENDPOINT_URL and HTTPS_PROXY, and what is between here and AWS");
}

}  // namespace

XmlNode query(Client& client, const QueryAction& action, const QueryParameters& parameters,
              const CallContext& context) {
  Client::Request request;
  request.operation = action.name;
  request.retry_safe = action.retry_safe;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  request.body = fmt::format("Action={}&Version={}", action.name, action.version);
  for (const auto& [name, value] : parameters)
    request.body += fmt::format("&{}={}", percent_encode(name), percent_encode(value));
  const XmlNode answer = answer_in(client.send(request, context), action.name);
  const XmlNode* result = answer.find(action.name + "Result");
  return result == nullptr ? answer : *result;
}

}  // namespace wsdeep::aws
