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

/// `Action` or `NotAction`, whichever there is: one of the two must be.
std::vector<std::string> patterns(const JsonFields& statement, std::string_view name, bool& others) {
  const std::string other_name = fmt::format("Not{}", name);
  others = statement.find(name) == nullptr && statement.find(other_name) != nullptr;
  std::vector<std::string> texts = one_or_many(statement, others ? other_name : name);
  if (texts.empty()) statement.fail(name, "empty");
  return texts;
}

PolicyStatement parse_statement(const JsonFields& statement) {
  const std::string effect = statement.text("Effect");
  if (effect != "Allow" && effect != "Deny") statement.fail("Effect", "expected Allow or Deny");
  if (statement.find("Condition") != nullptr) statement.fail("Condition", "conditions cannot be judged here");
  PolicyStatement parsed;
  parsed.allow = effect == "Allow";
  parsed.actions = patterns(statement, "Action", parsed.other_actions);
  parsed.resources = patterns(statement, "Resource", parsed.other_resources);
  return parsed;
}

Policy parse_policy(const JsonFields& document) {
  const std::string version = document.text_or("Version", "2008-10-17");
  if (version != "2012-10-17" && version != "2008-10-17") document.fail("Version", "expected 2012-10-17");
  const Json* statements = document.find("Statement");
  if (statements == nullptr || !statements->is_array()) return {parse_statement(document.object("Statement"))};
  if (statements->empty()) document.fail("Statement", "empty");
  Policy policy;
  for (std::size_t i = 0; i < statements->size(); ++i)
    policy.push_back(parse_statement(JsonFields((*statements)[i], document.path_of(fmt::format("Statement[{}]", i)))));
  return policy;
}

std::string encode_policy(const AuthorizerResult& result) {
  const std::string statement = JsonObject()
                                    .add("Action", "execute-api:Invoke")
                                    .add("Effect", result.allow ? "Allow" : "Deny")
                                    .add("Resource", result.resource)
                                    .text();
  return JsonObject().add("Version", "2012-10-17").add_json("Statement", json_list({statement})).text();
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

AuthorizerAnswer parse_authorizer_answer(std::string_view json) {
  const Json document = parse_json(json, "authorizer result");
  const JsonFields fields(document);
  AuthorizerAnswer answer;
  answer.principal_id = fields.text("principalId");
  answer.policy = parse_policy(fields.object("policyDocument"));
  if (const auto context = fields.object_if("context")) answer.context = parse_authorizer_context(*context);
  return answer;
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
