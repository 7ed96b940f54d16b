#include "aws/query.h"

#include <fmt/format.h>

#include "base/text.h"

namespace wsdeep::aws {

XmlNode query(Client& client, const QueryAction& action, const QueryParameters& parameters,
              const CallContext& context) {
  Client::Request request;
  request.operation = action.name;
  request.retry_safe = action.retry_safe;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  request.body = fmt::format("Action={}&Version={}", action.name, action.version);
  for (const auto& [name, value] : parameters)
    request.body += fmt::format("&{}={}", percent_encode(name), percent_encode(value));
  const XmlNode answer = parse_xml(client.send(request, context).body, "the answer to " + action.name);
  const XmlNode* result = answer.find(action.name + "Result");
  return result == nullptr ? answer : *result;
}

}  // namespace wsdeep::aws
