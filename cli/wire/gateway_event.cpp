#include "wire/gateway_event.h"

#include <fmt/format.h>

#include <limits>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "wire/authorizer_context.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::wire {
namespace {

// ---- writing ----

std::string_view name_of(EventType type) {
  switch (type) {
    case EventType::kConnect:
      return "CONNECT";
    case EventType::kDisconnect:
      return "DISCONNECT";
    case EventType::kMessage:
      break;
  }
  return "MESSAGE";
}

std::map<std::string, std::vector<std::string>> grouped(const Fields& fields) {
  std::map<std::string, std::vector<std::string>> groups;
  for (const auto& [name, value] : fields) groups[name].push_back(value);
  return groups;
}

/// The two maps in which API Gateway gives the same fields: one with the last value of each name, one with all of them.
void add_fields(JsonObject& event, std::string_view single_name, std::string_view multi_name, const Fields& fields) {
  JsonObject single, multi;
  for (const auto& [name, values] : grouped(fields)) {
    single.add(name, values.back());
    multi.add_json(name, json_strings(values));
  }
  event.add_json(single_name, single.text()).add_json(multi_name, multi.text());
}

std::string encode_identity(const RequestContext& context) {
  JsonObject identity;
  identity.add("sourceIp", context.source_ip);
  if (context.user_agent) identity.add("userAgent", *context.user_agent);
  return identity.text();
}

std::string encode_context(const RequestContext& context) {
  JsonObject out;
  out.add("routeKey", context.route_key).add("eventType", name_of(context.event_type));
  if (context.event_type == EventType::kMessage) out.add("messageId", context.message_id);
  if (context.disconnect_status_code) out.add("disconnectStatusCode", *context.disconnect_status_code);
  if (context.disconnect_reason) out.add("disconnectReason", *context.disconnect_reason);
  out.add("extendedRequestId", context.request_id)
      .add("requestTime", common_log_time(from_epoch_ms(context.request_time_ms)))
      .add("messageDirection", "IN")
      .add("stage", context.stage)
      .add("connectedAt", context.connected_at_ms)
      .add("requestTimeEpoch", context.request_time_ms)
      .add_json("identity", encode_identity(context))
      .add("requestId", context.request_id)
      .add("domainName", context.domain_name)
      .add("connectionId", context.connection_id)
      .add("apiId", context.api_id);
  if (!context.authorizer.empty()) out.add_json("authorizer", encode_authorizer_context(context.authorizer));
  return out.text();
}

/// What API Gateway sends with DISCONNECT, whatever the client's headers were.
Fields disconnect_headers(const RequestContext& context) {
  return {{"Host", context.domain_name}, {"x-api-key", ""}, {"X-Forwarded-For", ""}, {"x-restapi", ""}};
}

// ---- reading ----

EventType parse_event_type(const JsonFields& context) {
  const std::string name = context.text("eventType");
  if (name == "CONNECT") return EventType::kConnect;
  if (name == "MESSAGE") return EventType::kMessage;
  if (name == "DISCONNECT") return EventType::kDisconnect;
  context.fail("eventType", "expected CONNECT, MESSAGE or DISCONNECT");
}

int parse_int(const JsonFields& fields, std::string_view name, int low, int high) {
  const std::int64_t number = fields.integer(name);
  if (number < low || number > high) fields.fail(name, fmt::format("expected {}..{}", low, high));
  return static_cast<int>(number);
}

/// A time within what a system clock can hold (it counts nanoseconds: until the year 2262).
std::int64_t parse_time_ms(const JsonFields& fields, std::string_view name) {
  constexpr std::int64_t kLatestMs = std::numeric_limits<std::int64_t>::max() / 1'000'000;
  const std::int64_t time_ms = fields.integer(name);
  if (time_ms < 0 || time_ms > kLatestMs) fields.fail(name, "expected a time in milliseconds");
  return time_ms;
}

RequestContext parse_context(const JsonFields& fields) {
  RequestContext context;
  context.route_key = fields.text("routeKey");
  context.event_type = parse_event_type(fields);
  context.request_id = fields.text("requestId");
  if (fields.find("requestTimeEpoch")) context.request_time_ms = parse_time_ms(fields, "requestTimeEpoch");
  context.stage = fields.text("stage");
  context.connected_at_ms = parse_time_ms(fields, "connectedAt");
  context.domain_name = fields.text("domainName");
  context.connection_id = fields.text("connectionId");
  context.api_id = fields.text_or("apiId", "");
  context.message_id = fields.text_or("messageId", "");
  if (const auto identity = fields.object_if("identity")) {
    context.source_ip = identity->text_or("sourceIp", "");
    context.user_agent = identity->text_if("userAgent");
  }
  if (fields.find("disconnectStatusCode"))
    context.disconnect_status_code = parse_int(fields, "disconnectStatusCode", -1, 65535);
  context.disconnect_reason = fields.text_if("disconnectReason");
  if (const auto authorizer = fields.object_if("authorizer"))
    context.authorizer = parse_authorizer_context(*authorizer);
  return context;
}

/// Both maps hold the same fields; the one with all values counts where it is there.
Fields parse_fields(const JsonFields& event, std::string_view single_name, std::string_view multi_name) {
  Fields out;
  if (const auto multi = event.object_if(multi_name)) {
    for (const auto& item : multi->json().items())
      for (std::string& value : multi->texts(item.key())) out.emplace_back(item.key(), std::move(value));
  } else if (const auto single = event.object_if(single_name)) {
    for (const auto& item : single->json().items()) out.emplace_back(item.key(), single->text(item.key()));
  }
  return out;
}

Fields parse_headers(const JsonFields& event) {
  return parse_fields(event, "headers", "multiValueHeaders");
}
Fields parse_query(const JsonFields& event) {
  return parse_fields(event, "queryStringParameters", "multiValueQueryStringParameters");
}

/// `body`, decoded when `isBase64Encoded` says so; empty when there is none.
std::string parse_body(const JsonFields& fields) {
  std::string body = fields.text_or("body", "");
  if (!fields.boolean_or("isBase64Encoded", false)) return body;
  auto bytes = from_base64(body);
  if (!bytes) fields.fail("body", "isBase64Encoded is true, but it is not base64");
  return std::move(*bytes);
}

}  // namespace

std::optional<std::string> field(const Fields& fields, std::string_view name) {
  for (const auto& [candidate, value] : fields)
    if (iequals(candidate, name)) return value;
  return std::nullopt;
}

std::string encode(const GatewayEvent& event) {
  JsonObject out;
  if (event.context.event_type == EventType::kConnect) add_fields(out, "headers", "multiValueHeaders", event.headers);
  if (event.context.event_type == EventType::kDisconnect)
    add_fields(out, "headers", "multiValueHeaders", disconnect_headers(event.context));
  if (event.context.event_type == EventType::kConnect && !event.query.empty())
    add_fields(out, "queryStringParameters", "multiValueQueryStringParameters", event.query);
  out.add_json("requestContext", encode_context(event.context));
  if (event.context.event_type == EventType::kMessage) out.add("body", event.body);
  return out.add("isBase64Encoded", false).text();
}

GatewayEvent parse_gateway_event(std::string_view json) {
  const Json document = parse_json(json, "gateway event");
  const JsonFields fields(document);
  return {parse_context(fields.object("requestContext")), parse_headers(fields), parse_query(fields),
          parse_body(fields)};
}

std::string encode(const AuthorizerEvent& event) {
  JsonObject out;
  out.add("type", "REQUEST").add("methodArn", event.method_arn);
  add_fields(out, "headers", "multiValueHeaders", event.headers);
  add_fields(out, "queryStringParameters", "multiValueQueryStringParameters", event.query);
  return out.add_json("stageVariables", "{}").add_json("requestContext", encode_context(event.context)).text();
}

AuthorizerEvent parse_authorizer_event(std::string_view json) {
  const Json document = parse_json(json, "authorizer event");
  const JsonFields fields(document);
  if (fields.text("type") != "REQUEST") fields.fail("type", "expected REQUEST");
  return {fields.text("methodArn"), parse_headers(fields), parse_query(fields),
          parse_context(fields.object("requestContext"))};
}

}  // namespace wsdeep::wire
