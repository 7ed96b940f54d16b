#include "base/clock.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/utf8.h"
#include "wire/http_event.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

// What functions answer to HTTP requests, and what a gateway hands them.

namespace wsdeep::wire {
namespace {

std::string named_json(const NamedTexts& texts) {
  JsonObject object;
  for (const auto& [name, value] : texts) object.add(name, value);
  return object.text();
}

/// Payload 2.0 has one value a name; RFC 9110 §5.3 lets several be one.
std::string joined_headers(const HttpAnswer& answer) {
  NamedTexts joined;
  for (const auto& [name, value] : answer.headers) {
    auto [place, is_new] = joined.try_emplace(name, value);
    if (!is_new) place->second += ", " + value;
  }
  return named_json(joined);
}

/// Payload 1.0 merges its two maps: a name stands in one of them.
void add_version_1_headers(JsonObject& out, const HttpAnswer& answer) {
  std::map<std::string, std::vector<std::string>, std::less<>> all;
  for (const auto& [name, value] : answer.headers) all[name].push_back(value);
  if (!answer.cookies.empty()) all["Set-Cookie"] = answer.cookies;
  JsonObject single, several;
  for (const auto& [name, values] : all) {
    if (values.size() == 1)
      single.add(name, values.front());
    else
      several.add_json(name, json_strings(values));
  }
  out.add_json("headers", single.text()).add_json("multiValueHeaders", several.text());
}

std::string header_value(const JsonFields& headers, const std::string& name, const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return dump_json(value);
  headers.fail(name, "expected a string");
}

HttpAnswer read_head(const JsonFields& fields) {
  HttpAnswer answer;
  const std::int64_t status = fields.integer_if("statusCode").value_or(200);
  if (status < 100 || status > 599) fields.fail("statusCode", "expected 100..599");
  answer.status = static_cast<int>(status);
  if (const auto headers = fields.object_if("headers"))
    for (const auto& [name, value] : headers->json().items())
      answer.headers.emplace_back(name, header_value(*headers, name, value));
  if (auto cookies = fields.texts_if("cookies")) answer.cookies = std::move(*cookies);
  return answer;
}

std::string decoded_body(const JsonFields& fields) {
  const Json* body = fields.find("body");
  if (body == nullptr) return "";
  // API Gateway takes a body that is no string for the JSON that it is.
  std::string text = body->is_string() ? body->get<std::string>() : dump_json(*body);
  if (!fields.boolean_or("isBase64Encoded", false)) return text;
  auto bytes = from_base64(text);
  if (!bytes) fields.fail("body", "isBase64Encoded is true, but it is not base64");
  return std::move(*bytes);
}

std::string request_context(const HttpEvent& event, const HttpOrigin& origin) {
  const std::string http = JsonObject()
                               .add("method", event.method)
                               .add("path", event.path)
                               .add("protocol", origin.protocol)
                               .add("sourceIp", event.source_ip)
                               .add("userAgent", header_of(event, "user-agent"))
                               .text();
  const SystemTime time = from_epoch_ms(origin.time_ms);
  return JsonObject()
      .add("accountId", origin.account)
      .add("apiId", event.api_id)
      .add("domainName", event.domain_name)
      .add("domainPrefix", event.domain_name.substr(0, event.domain_name.find('.')))
      .add_json("http", http)
      .add("requestId", event.request_id)
      .add("routeKey", origin.route_key)
      .add("stage", event.stage)
      .add("time", common_log_time(time))
      .add("timeEpoch", origin.time_ms)
      .text();
}

NamedTexts grouped_query(const HttpEvent& event) {
  NamedTexts grouped;
  for (const auto& [name, value] : event.query) {
    auto [place, is_new] = grouped.try_emplace(name, value);
    if (!is_new) place->second += "," + value;
  }
  return grouped;
}

}  // namespace

std::string write_http_answer(const HttpAnswer& answer, const HttpEvent& to) {
  const bool text = is_utf8(answer.body);
  JsonObject out;
  out.add("statusCode", answer.status);
  if (to.version_1) {
    add_version_1_headers(out, answer);
  } else {
    out.add_json("headers", joined_headers(answer));
    if (!answer.cookies.empty()) out.add_json("cookies", json_strings(answer.cookies));
  }
  return out.add("body", text ? answer.body : base64(answer.body)).add("isBase64Encoded", !text).text();
}

std::string write_http_prelude(const HttpAnswer& answer) {
  JsonObject out;
  out.add("statusCode", answer.status).add_json("headers", joined_headers(answer));
  if (!answer.cookies.empty()) out.add_json("cookies", json_strings(answer.cookies));
  return out.text() + std::string(kPreludeEndBytes, '\0');
}

HttpAnswer parse_http_prelude(std::string_view json) {
  const Json document = parse_json(json, "head of a streamed answer");
  return read_head(JsonFields(document));
}

std::string write_http_event(const HttpEvent& event, const HttpOrigin& origin) {
  NamedTexts headers = event.headers;
  headers.erase("cookie");  // which `cookies` has
  const bool text = is_utf8(event.body);
  JsonObject out;
  out.add("version", "2.0")
      .add("routeKey", origin.route_key)
      .add("rawPath", event.path)
      .add("rawQueryString", origin.raw_query);
  if (!event.cookies.empty()) out.add_json("cookies", json_strings(event.cookies));
  out.add_json("headers", named_json(headers));
  if (!event.query.empty()) out.add_json("queryStringParameters", named_json(grouped_query(event)));
  out.add_json("requestContext", request_context(event, origin));
  if (!event.path_parameters.empty()) out.add_json("pathParameters", named_json(event.path_parameters));
  if (!event.body.empty()) out.add("body", text ? event.body : base64(event.body));
  return out.add("isBase64Encoded", !text).text();
}

HttpAnswer parse_http_answer(std::string_view json) {
  const Json document = parse_json(json, "answer");
  if (!document.is_object() || !document.contains("statusCode"))
    return {200,
            {{"Content-Type", "application/json"}},
            {},
            document.is_string() ? document.get<std::string>() : std::string(json)};
  const JsonFields fields(document);
  HttpAnswer answer = read_head(fields);
  answer.body = decoded_body(fields);
  return answer;
}

}  // namespace wsdeep::wire
