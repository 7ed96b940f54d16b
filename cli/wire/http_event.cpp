#include "wire/http_event.h"

#include <algorithm>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "wire/json_fields.h"
#include "wire/lambda.h"

namespace wsdeep::wire {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Adds one header as the events have them: in lower case, joined with what came under its name before.
void add_event_header(NamedTexts& headers, std::string_view name, const std::string& value) {
  auto [place, is_new] = headers.try_emplace(to_lower(name), value);
  if (!is_new) place->second += (place->first == "cookie" ? "; " : ",") + value;
}

/// Both maps hold the same fields; the one with all values counts where it is there.
template <typename Add>
void read_named(const JsonFields& event, std::string_view single_name, std::string_view multi_name, Add add) {
  if (const auto multi = event.object_if(multi_name)) {
    for (const auto& item : multi->json().items())
      for (const std::string& value : multi->texts(item.key())) add(item.key(), value);
  } else if (const auto single = event.object_if(single_name)) {
    for (const auto& item : single->json().items()) add(item.key(), single->text(item.key()));
  }
}

Pairs decoded_query(std::string_view raw) {
  Pairs query;
  if (raw.empty()) return query;
  for (const std::string_view part : split(raw, '&')) {
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string_view value = equals < part.size() ? part.substr(equals + 1) : std::string_view();
    // A broken escape is text, as browsers have it.
    query.emplace_back(percent_decode(part.substr(0, equals), true).value_or(std::string(part.substr(0, equals))),
                       percent_decode(value, true).value_or(std::string(value)));
  }
  return query;
}

/// `/prod/chats` of stage `prod` is `/chats`.
std::string without_stage(std::string path, std::string_view stage) {
  if (stage.empty() || stage == "$default") return path;
  const std::string prefix = "/" + std::string(stage);
  if (path == prefix) return "/";
  return path.starts_with(prefix + "/") ? path.substr(prefix.size()) : path;
}

std::string event_body(const JsonFields& event) {
  std::string body = event.text_or("body", "");
  if (!event.boolean_or("isBase64Encoded", false)) return body;
  auto bytes = from_base64(body);
  if (!bytes) event.fail("body", "isBase64Encoded is true, but it is not base64");
  return std::move(*bytes);
}

/// Of payload 2.0, and of 1.0. What is no time says nothing: events that are written by hand have all kinds of them.
std::int64_t time_in(const JsonFields& context) {
  for (const char* name : {"timeEpoch", "requestTimeEpoch"}) {
    const Json* time = context.find(name);
    if (time != nullptr && time->is_number_unsigned() && time->get<std::uint64_t>() <= INT64_MAX)
      return time->get<std::int64_t>();
  }
  return 0;
}

void read_context(const JsonFields& context, HttpEvent& event) {
  event.received_at_ms = time_in(context);
  event.request_id = context.text_or("requestId", "");
  event.domain_name = context.text_or("domainName", "");
  event.stage = context.text_or("stage", "");
  event.api_id = context.text_or("apiId", "");
}

void read_version_2(const JsonFields& fields, const JsonFields& context, HttpEvent& event) {
  const JsonFields http = context.object("http");
  event.method = http.text("method");
  event.source_ip = http.text_or("sourceIp", "");
  event.path = without_stage(fields.text("rawPath"), event.stage);
  event.query = decoded_query(fields.text_or("rawQueryString", ""));
  if (auto cookies = fields.texts_if("cookies")) event.cookies = std::move(*cookies);
}

void read_version_1(const JsonFields& fields, const std::optional<JsonFields>& context, HttpEvent& event) {
  event.version_1 = true;
  event.method = fields.text_or("httpMethod", "");
  event.path = fields.text_or("path", "");
  if (context)
    if (const auto identity = context->object_if("identity")) event.source_ip = identity->text_or("sourceIp", "");
  read_named(fields, "queryStringParameters", "multiValueQueryStringParameters",
             [&](const std::string& name, const std::string& value) { event.query.emplace_back(name, value); });
}

/// Both have all cookies then, from whichever of the two there was.
void level_cookies(HttpEvent& event) {
  const std::string_view header = header_of(event, "cookie");
  if (!event.cookies.empty()) {
    event.headers["cookie"] = join(event.cookies, "; ");
  } else if (!header.empty()) {
    for (const std::string_view part : split(header, ';'))
      if (!trim(part).empty()) event.cookies.emplace_back(trim(part));
  }
}

HttpEvent read_event(std::string_view payload) {
  const Json document = parse_json(payload, "HTTP event");
  const JsonFields fields(document);
  HttpEvent event;
  const auto context = fields.object_if("requestContext");
  if (context) read_context(*context, event);
  read_named(fields, "headers", "multiValueHeaders",
             [&](const std::string& name, const std::string& value) { add_event_header(event.headers, name, value); });
  if (context && context->find("http") != nullptr)
    read_version_2(fields, *context, event);
  else
    read_version_1(fields, context, event);
  read_named(fields, "pathParameters", "",
             [&](const std::string& name, const std::string& value) { event.path_parameters[name] = value; });
  event.body = event_body(fields);
  level_cookies(event);
  return event;
}

}  // namespace

HttpEvent parse_http_event(std::string_view payload) {
  if (payload.size() > kMaxLambdaPayloadBytes) throw Error(ErrorKind::kUsage, "HTTP event: larger than 6 MB");
  try {
    return read_event(payload);
  } catch (const Error& error) {
    throw Error(ErrorKind::kUsage, error.what());
  }
}

std::string_view header_of(const HttpEvent& event, std::string_view name) {
  const auto found = event.headers.find(name);
  return found == event.headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view query_of(const HttpEvent& event, std::string_view name) {
  const auto found =
      std::find_if(event.query.begin(), event.query.end(), [&](const auto& pair) { return pair.first == name; });
  return found == event.query.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace wsdeep::wire
