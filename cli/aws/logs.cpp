#include "aws/logs.h"

#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::aws {
namespace {

constexpr const char* kApi = "Logs_20140328";
constexpr const char* kJson = "application/x-amz-json-1.1";

LogEvent log_event_in(const wire::Json& entry, const std::string& group) {
  const wire::JsonFields fields(entry, "events");
  LogEvent event;
  event.id = fields.text_or("eventId", "");
  event.group = group;
  event.stream = fields.text_or("logStreamName", "");
  event.timestamp = fields.integer("timestamp");
  event.message = fields.text_or("message", "");
  return event;
}

}  // namespace

Logs::Logs(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "logs", "logs", clock) {}

LogPage Logs::filter_log_events(const LogQuery& request, const std::string& page, const CallContext& context) {
  wire::JsonObject body;
  body.add("logGroupName", request.group).add("startTime", request.start);
  if (!request.pattern.empty()) body.add("filterPattern", request.pattern);
  if (!request.stream.empty()) body.add("logStreamNamePrefix", request.stream);
  if (!page.empty()) body.add("nextToken", page);
  const std::string answer = client_.call_json(kApi, "FilterLogEvents", body.text(), kJson, true, context);
  const wire::Json document = wire::parse_json(answer, "the answer to FilterLogEvents");
  const wire::JsonFields fields(document);
  LogPage found;
  if (fields.find("events") != nullptr)
    for (const wire::Json& entry : fields.list("events")) found.events.push_back(log_event_in(entry, request.group));
  found.next = fields.text_or("nextToken", "");
  return found;
}

bool Logs::put_log_events(const std::string& group, const std::string& stream, const std::vector<LogLine>& events) {
  std::vector<std::string> lines;
  lines.reserve(events.size());
  for (const LogLine& event : events)
    lines.push_back(wire::JsonObject().add("timestamp", event.timestamp).add("message", event.message).text());
  wire::JsonObject body;
  body.add("logGroupName", group).add("logStreamName", stream).add_json("logEvents", wire::json_list(lines));
  const std::string answer = client_.call_json(kApi, "PutLogEvents", body.text(), kJson, true);
  const wire::Json document = wire::parse_json(answer, "the answer to PutLogEvents");
  return wire::JsonFields(document).find("rejectedLogEventsInfo") == nullptr;
}

bool Logs::create_log_stream(const std::string& group, const std::string& stream) {
  try {
    wire::JsonObject body;
    client_.call_json(kApi, "CreateLogStream", body.add("logGroupName", group).add("logStreamName", stream).text(),
                      kJson, true);
    return true;
  } catch (const ServiceError& error) {
    if (error.code() != "ResourceAlreadyExistsException") throw;
    return false;
  }
}

}  // namespace wsdeep::aws
