#include <algorithm>
#include <iterator>
#include <limits>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "base/utf8.h"
#include "wire/chat_frames.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"
#include "wire/parameters_json.h"

// Client → server: what a client sends and what the handlers read.

namespace wsdeep::wire {
namespace {

/// An unknown action is echoed; more than this of it helps nobody.
constexpr std::size_t kMaxEchoedActionBytes = 128;

MessageFrame read_message(const JsonFields& data) {
  MessageFrame frame;
  frame.text = data.text("message");
  if (const auto parameters = data.object_if("parameters")) frame.parameters = parse_parameters(*parameters);
  frame.chat_id = data.text_if("chatId");
  frame.sender = data.text_if("sender");
  frame.message_id = data.text_if("messageId");
  frame.separate_reasoning = data.boolean_or("separateReasoning", false);
  frame.timings = data.boolean_or("timings", false);
  return frame;
}

ClientFrame read_message_or_room(const JsonFields& frame) {
  const JsonFields data = frame.object("data");
  if (data.find("message") == nullptr && data.find("content") != nullptr)
    return RoomFrame{data.text("content"), data.text("recipient"), data.text_or("room", ""), data.text_if("messageId")};
  return read_message(data);
}

/// Without one: the room that everybody is in.
std::string room_of(const JsonFields& frame) {
  const auto data = frame.object_if("data");
  return data ? data->text_or("room", "") : "";
}

HistoryFrame read_history(const JsonFields& frame) {
  HistoryFrame out;
  const auto data = frame.object_if("data");
  if (!data) return out;
  constexpr std::int64_t kLow = std::numeric_limits<int>::min(), kHigh = std::numeric_limits<int>::max();
  out.limit = static_cast<int>(std::clamp(data->integer_or("limit", out.limit), kLow, kHigh));
  out.before = data->text_if("before");
  out.room = data->text_if("room");
  return out;
}

CancelFrame read_cancel(const JsonFields& frame) {
  const auto data = frame.object_if("data");
  if (!data) return {};
  return {data->text_if("messageId"), data->text_if("room")};
}

/// The action as routing sees it: a string as it is, another scalar as JSON, anything else as nothing.
std::string action_of(const JsonFields& frame) {
  const Json* action = frame.find("action");
  if (action == nullptr || action->is_structured()) return {};
  return action->is_string() ? action->get<std::string>() : dump_json(*action);
}

bool is_typed_ping(const JsonFields& frame) {
  const Json* type = frame.find("type");
  return frame.find("action") == nullptr && type != nullptr && type->is_string() && *type == "ping";
}

ClientFrame read_frame(const JsonFields& frame) {
  std::string action = action_of(frame);
  if (action == "message") return read_message_or_room(frame);
  if (action == "join") return JoinFrame{room_of(frame)};
  if (action == "leave") return LeaveFrame{room_of(frame)};
  if (action == "who") return WhoFrame{room_of(frame)};
  if (action == "new_conversation") return NewConversationFrame{};
  if (action == "history") return read_history(frame);
  if (action == "cancel") return read_cancel(frame);
  if (action == "ping" || is_typed_ping(frame)) return PingFrame{};
  return UnknownFrame{std::string(utf8_cut(action, kMaxEchoedActionBytes)), ""};
}

/// By the kind of ClientFrame.
constexpr std::string_view kActions[] = {"message",          "message", "join",   "leave", "who",
                                         "new_conversation", "history", "cancel", "ping",  ""};
static_assert(std::size(kActions) == std::variant_size_v<ClientFrame>);

std::string encode_action(std::string_view action, const JsonObject& data) {
  return JsonObject().add("action", action).add_json("data", data.text()).text();
}

std::string encode_room_action(std::string_view action, std::string_view room) {
  JsonObject data;
  if (!room.empty()) data.add("room", room);
  return encode_action(action, data);
}

}  // namespace

ClientFrame parse_client_frame(std::string_view body) {
  Json document;
  try {
    document = parse_json(body, "frame");
    if (!document.is_object()) return UnknownFrame{"", "frame: expected a JSON object"};
  } catch (const Error& error) {
    return UnknownFrame{"", error.what()};
  }
  try {
    return read_frame(JsonFields(document));
  } catch (const Error& error) {
    throw FrameError(error.what());
  }
}

std::string_view action_name(const ClientFrame& frame) {
  return kActions[frame.index()];
}

std::string encode(const MessageFrame& frame) {
  JsonObject data;
  data.add("message", frame.text);
  if (frame.parameters != GenerationParameters{}) data.add_json("parameters", encode_parameters(frame.parameters));
  if (frame.chat_id) data.add("chatId", *frame.chat_id);
  if (frame.sender) data.add("sender", *frame.sender);
  if (frame.message_id) data.add("messageId", *frame.message_id);
  if (frame.separate_reasoning) data.add("separateReasoning", true);
  if (frame.timings) data.add("timings", true);
  return encode_action("message", data);
}

std::string encode(const RoomFrame& frame) {
  JsonObject data;
  data.add("content", frame.content).add("recipient", frame.recipient);
  if (!frame.room.empty()) data.add("room", frame.room);
  if (frame.message_id) data.add("messageId", *frame.message_id);
  return encode_action("message", data);
}

std::string encode(const JoinFrame& frame) {
  return encode_room_action("join", frame.room);
}

std::string encode(const LeaveFrame& frame) {
  return encode_room_action("leave", frame.room);
}

std::string encode(const WhoFrame& frame) {
  return encode_room_action("who", frame.room);
}

std::string encode(const NewConversationFrame&) {
  return JsonObject().add("action", "new_conversation").text();
}

std::string encode(const HistoryFrame& frame) {
  JsonObject data;
  data.add("limit", frame.limit);
  if (frame.before) data.add("before", *frame.before);
  if (frame.room) data.add("room", *frame.room);
  return encode_action("history", data);
}

std::string encode(const CancelFrame& frame) {
  JsonObject data;
  if (frame.message_id) data.add("messageId", *frame.message_id);
  if (frame.room) data.add("room", *frame.room);
  return encode_action("cancel", data);
}

std::string encode(const PingFrame&) {
  return JsonObject().add("action", "ping").text();
}

}  // namespace wsdeep::wire
