#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "wire/authorizer_context.h"
#include "wire/gateway_event.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

// What Lambdas answer to API Gateway: authorizer results and proxy results.

namespace wsdeep::wire {
namespace {

/// A string, or a list of strings, as IAM lets policies say it.
std::vector<std::string> one_or_many(const JsonFields& fields, std::string_view name) {
  const Json* value = fields.find(name);
  if (value != nullptr && value->is_array()) return fields.texts(name);
  return {fields.text(name)};
}

/// IAM's action pattern against `execute-api:Invoke`: without case, `*` at the end stands for the rest.
bool allows_invoke(std::string_view action) {
  constexpr std::string_view kInvoke = "execute-api:invoke";
  const std::string pattern = to_lower(action);
  if (!pattern.ends_with('*')) return pattern == kInvoke;
  return kInvoke.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
}

/// The policy's one statement: an object, or a list of one.
JsonFields only_statement(const JsonFields& policy) {
  const Json* statement = policy.find("Statement");
  if (statement == nullptr || !statement->is_array()) return policy.object("Statement");
  if (statement->size() != 1) policy.fail("Statement", "expected one statement");
  return JsonFields(statement->front(), policy.path_of("Statement[0]"));
}

void read_statement(const JsonFields& statement, AuthorizerResult& result) {
  const std::string effect = statement.text("Effect");
  if (effect != "Allow" && effect != "Deny") statement.fail("Effect", "expected Allow or Deny");
  result.allow = effect == "Allow";
  const std::vector<std::string> actions = one_or_many(statement, "Action");
  if (std::none_of(actions.begin(), actions.end(), allows_invoke))
    statement.fail("Action", "does not name execute-api:Invoke");
  const std::vector<std::string> resources = one_or_many(statement, "Resource");
  if (resources.empty()) statement.fail("Resource", "empty");
  result.resource = resources.front();
  result.more_resources.assign(resources.begin() + 1, resources.end());
}

std::string encode_policy(const AuthorizerResult& result) {
  std::vector<std::string> resources{result.resource};
  resources.insert(resources.end(), result.more_resources.begin(), result.more_resources.end());
  JsonObject statement;
  statement.add("Action", "execute-api:Invoke").add("Effect", result.allow ? "Allow" : "Deny");
  if (resources.size() == 1)
    statement.add("Resource", result.resource);
  else
    statement.add_json("Resource", json_strings(resources));
  return JsonObject().add("Version", "2012-10-17").add_json("Statement", json_list({statement.text()})).text();
}

/// A header's value: API Gateway takes numbers and booleans too, as text.
std::string header_text(const JsonFields& headers, const std::string& name, const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return dump_json(value);
  headers.fail(name, fmt::format("expected a string, got {}", kind_of(value)));
}

void read_headers(const JsonFields& answer, Fields& out) {
  if (const auto headers = answer.object_if("headers"))
    for (const auto& [name, value] : headers->json().items())
      out.emplace_back(name, header_text(*headers, name, value));
  if (const auto multi = answer.object_if("multiValueHeaders"))
    for (const auto& item : multi->json().items())
      for (const Json& value : multi->list(item.key()))
        out.emplace_back(item.key(), header_text(*multi, item.key(), value));
}

std::string answer_body(const JsonFields& answer) {
  std::string body = answer.text_or("body", "");
  if (!answer.boolean_or("isBase64Encoded", false)) return body;
  auto bytes = from_base64(body);
  if (!bytes) answer.fail("body", "isBase64Encoded is true, but it is not base64");
  return std::move(*bytes);
}

}  // namespace

std::string encode(const AuthorizerResult& result) {
  return JsonObject()
      .add("principalId", result.principal_id)
      .add_json("policyDocument", encode_policy(result))
      .add_json("context", encode_authorizer_context(result.context))
      .text();
}

AuthorizerResult parse_authorizer_result(std::string_view json) {
  const Json document = parse_json(json, "authorizer result");
  const JsonFields fields(document);
  AuthorizerResult result;
  result.principal_id = fields.text("principalId");
  read_statement(only_statement(fields.object("policyDocument")), result);
  if (const auto context = fields.object_if("context")) result.context = parse_authorizer_context(*context);
  return result;
}

std::string encode(const ProxyResult& result) {
  std::map<std::string, std::vector<std::string>> groups;
  for (const auto& [name, value] : result.headers) groups[name].push_back(value);
  JsonObject headers, repeated;
  for (const auto& [name, values] : groups) {
    if (values.size() == 1)
      headers.add(name, values.front());
    else
      repeated.add_json(name, json_strings(values));
  }
  return JsonObject()
      .add("statusCode", result.status_code)
      .add_json("headers", headers.text())
      .add_json("multiValueHeaders", repeated.text())
      .add("body", result.body)
      .text();
}

ProxyResult parse_proxy_result(std::string_view json) {
  const Json document = parse_json(json, "proxy result");
  const JsonFields fields(document);
  const std::int64_t status = fields.integer("statusCode");
  if (status < 100 || status > 599) fields.fail("statusCode", "expected 100..599");
  ProxyResult result;
  result.status_code = static_cast<int>(status);
  read_headers(fields, result.headers);
  result.body = answer_body(fields);
  return result;
}

}  // namespace wsdeep::wire
