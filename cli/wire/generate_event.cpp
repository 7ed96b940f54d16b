#include "wire/generate_event.h"

#include "wire/json_fields.h"
#include "wire/json_writer.h"
#include "wire/parameters_json.h"

namespace wsdeep::wire {

std::string encode(const GenerateEvent& event) {
  JsonObject out;
  out.add("connectionId", event.connection_id)
      .add("callbackUrl", event.callback_url)
      .add("userId", event.user_id)
      .add("chatId", event.chat_id)
      .add("messageId", event.message_id)
      .add("acceptedAt", event.accepted_at_ms)
      .add_json("parameters", encode_parameters(event.parameters));
  if (event.separate_reasoning) out.add("separateReasoning", true);
  if (event.timings) out.add("timings", true);
  return out.text();
}

GenerateEvent parse_generate_event(std::string_view json) {
  const Json document = parse_json(json, "generate event");
  const JsonFields fields(document);
  GenerateEvent event;
  event.connection_id = fields.text("connectionId");
  event.callback_url = fields.text("callbackUrl");
  event.user_id = fields.text("userId");
  event.chat_id = fields.text("chatId");
  event.message_id = fields.text("messageId");
  event.accepted_at_ms = fields.integer("acceptedAt");
  if (const auto parameters = fields.object_if("parameters")) event.parameters = parse_parameters(*parameters);
  event.separate_reasoning = fields.boolean_or("separateReasoning", false);
  event.timings = fields.boolean_or("timings", false);
  return event;
}

}  // namespace wsdeep::wire
