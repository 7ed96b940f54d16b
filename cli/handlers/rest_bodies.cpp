#include "handlers/rest_bodies.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"
#include "wire/parameters_json.h"

namespace wsdeep::handlers {
namespace {

/// More than this no prompt of 100,000 characters is, however it is escaped.
constexpr std::size_t kMaxRequestBytes = 1'400'000;
/// Deeper no request of ours is.
constexpr std::size_t kMaxRequestDepth = 16;

/// `application/json`, whatever its parameters are.
void check_content_type(const wire::HttpEvent& event) {
  const std::string_view type = wire::header_of(event, "content-type");
  if (!iequals(trim(type.substr(0, type.find(';'))), "application/json"))
    throw chat::rest_invalid("Header 'Content-Type' must be 'application/json'");
}

wire::Json parse_request(const std::string& body) {
  if (body.size() > kMaxRequestBytes) throw chat::rest_invalid("Request body is too large");
  try {
    wire::Json document = wire::parse_json(body, "request", kMaxRequestDepth);
    if (document.is_object()) return document;
  } catch (const Error&) {
    throw chat::rest_invalid("Request body is not valid JSON");
  }
  throw chat::rest_invalid("Request body must be a JSON object");
}

std::optional<std::string> text_field(const wire::Json& document, const char* name) {
  const auto found = document.find(name);
  if (found == document.end() || found->is_null()) return std::nullopt;
  if (!found->is_string()) throw chat::rest_invalid(fmt::format("Field '{}' must be a string", name));
  return found->get<std::string>();
}

GenerationParameters parameters_in(const wire::Json& document) {
  const auto found = document.find("parameters");
  if (found == document.end() || found->is_null()) return {};
  try {
    return wire::parse_parameters(wire::JsonFields(*found, "parameters"));
  } catch (const Error& error) {
    throw chat::rest_invalid(fmt::format("Field 'parameters' is not valid: {}", error.what()));
  }
}

}  // namespace

chat::RestQuestion parse_rest_question(const wire::HttpEvent& event) {
  check_content_type(event);
  const wire::Json document = parse_request(event.body);
  chat::RestQuestion question;
  const auto prompt = text_field(document, "prompt");
  if (!prompt) throw chat::rest_invalid("Field 'prompt' is required");
  question.prompt = *prompt;
  question.chat_id = text_field(document, "chat_id");
  if (question.chat_id && !chat::is_chat_id(*question.chat_id)) throw chat::rest_no_chat();
  question.parameters = parameters_in(document);
  return question;
}

std::string rest_chat_json(const chat::RestChat& chat, bool with_messages) {
  wire::JsonObject out;
  out.add("id", chat.id)
      .add("user_id", chat.user_id)
      .add("title", chat.title)
      .add("created_at", chat.created_at)
      .add("updated_at", chat.updated_at);
  if (!with_messages) return out.text();
  std::vector<std::string> messages;
  for (const chat::RestMessage& message : chat.messages) {
    wire::JsonObject one;
    one.add("role", message.role).add("content", message.content);
    if (message.partial) one.add("partial", true);
    messages.push_back(one.text());
  }
  return out.add_json("messages", wire::json_list(messages)).text();
}

std::string rest_answer_json(const chat::RestAnswer& answer) {
  wire::JsonObject out;
  out.add("response", answer.response).add_json("chat", rest_chat_json(answer.chat, true));
  if (!answer.stored) out.add("stored", false);
  return out.text();
}

std::string rest_page_json(const chat::RestChats::Page& page) {
  std::vector<std::string> chats;
  for (const chat::RestChat& chat : page.chats) chats.push_back(rest_chat_json(chat, false));
  wire::JsonObject out;
  out.add_json("chats", wire::json_list(chats));
  if (!page.next.empty()) out.add("next", page.next);
  return out.text();
}

std::string rest_error_json(const chat::RestRefusal& refusal) {
  wire::JsonObject out;
  out.add("error", refusal.error);
  if (!refusal.message.empty()) out.add("message", refusal.message);
  if (!refusal.chat_id.empty()) out.add("chat_id", refusal.chat_id);
  return out.text();
}

wire::HttpAnswer rest_error_answer(const chat::RestRefusal& refusal) {
  wire::HttpAnswer answer{refusal.status, {{"Content-Type", "application/json"}}, {}, rest_error_json(refusal)};
  if (refusal.retry_after) answer.headers.emplace_back("Retry-After", std::to_string(refusal.retry_after->count()));
  return answer;
}

std::string sse_event(std::string_view name, std::string_view json) {
  return fmt::format("event: {}\ndata: {}\n\n", name, json);
}

}  // namespace wsdeep::handlers
