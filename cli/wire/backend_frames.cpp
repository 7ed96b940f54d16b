#include "wire/backend_frames.h"

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::wire {
namespace {

constexpr std::size_t kMaxErrorCharacters = 500;
constexpr std::string_view kNotice = "disconnected";

/// The document; nothing when it is none, where no message is needed.
std::optional<Json> json_in(std::string_view text) {
  try {
    return parse_json(text, "a body");
  } catch (const Error&) {
    return std::nullopt;
  }
}

JsonObject client_object(const BackendClient& client) {
  JsonObject object;
  object.add("connectionId", client.connection_id).add("sessionId", client.session_id).add("userId", client.user_id);
  return object;
}

}  // namespace

std::optional<std::string> message_for_backend(std::string_view frame, const BackendClient& client) {
  auto document = json_in(trim(frame).empty() ? std::string_view("{}") : frame);
  if (!document || !document->is_object()) return std::nullopt;
  (*document)["connectionId"] = client.connection_id;
  (*document)["sessionId"] = client.session_id;
  (*document)["userId"] = client.user_id;
  return dump_json(*document);
}

std::string disconnect_for_backend(const BackendClient& client) {
  return client_object(client).text();
}

std::string encode_notice(const BackendClient& client) {
  return JsonObject().add_json(kNotice, client_object(client).text()).text();
}

std::optional<BackendClient> parse_notice(std::string_view event) {
  const Json document = parse_json(event, "event");
  const JsonFields fields(document);
  const auto notice = fields.object_if(kNotice);
  if (!notice) return std::nullopt;
  return BackendClient{notice->text("connectionId"), notice->text("sessionId"), notice->text("userId")};
}

bool is_json_text(std::string_view text) {
  return json_in(text).has_value();
}

SessionWord session_word(std::string_view body) {
  const auto document = json_in(body);
  SessionWord word;
  if (!document || !document->is_object()) return word;
  word.is_object = true;
  if (const auto valid = document->find("valid"); valid != document->end() && valid->is_boolean())
    word.valid = valid->get<bool>();
  if (const auto error = document->find("error"); error != document->end() && error->is_string()) {
    const std::string text = strip_control(error->get_ref<const std::string&>());
    word.error = text.substr(0, byte_of(text, kMaxErrorCharacters));
  }
  return word;
}

std::string backend_error(std::string_view error, std::string_view reason) {
  JsonObject object;
  object.add("error", error);
  if (!reason.empty()) object.add("reason", reason);
  return object.text();
}

std::string connected_body(const BackendClient& client) {
  return JsonObject()
      .add("message", "Connected")
      .add("sessionId", client.session_id)
      .add("connectionId", client.connection_id)
      .text();
}

}  // namespace wsdeep::wire
