#include <algorithm>

#include "wire/chat_frames.h"
#include "wire/json_writer.h"
#include "wire/server_frame_names.h"

// Server → client: what the handlers send.

namespace wsdeep::wire {
namespace {

/// What a frame holds beside the texts that are measured; message and chat ids are far shorter than this.
constexpr std::size_t kEnvelopeBytes = 1024;

/// `4294967.295,`
constexpr std::size_t kOffsetBytes = 12;

/// How long `c` gets inside a JSON string, as json_escape() writes it.
std::size_t escaped_size(char c) {
  if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t') return 2;
  return static_cast<unsigned char>(c) < 0x20 ? 6 : 1;
}

bool starts_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

/// The longest prefix of `text`, whole code points, that is at most `budget` bytes long when escaped.
std::size_t fitting_prefix(std::string_view text, std::size_t budget) {
  std::size_t used = 0, boundary = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (starts_code_point(text[i])) boundary = i;
    used += escaped_size(text[i]);
    if (used > budget) return boundary;
  }
  return text.size();
}

std::string server_action(std::string_view action, const JsonObject& data) {
  return JsonObject().add("action", action).add_json("data", data.text()).text();
}

std::string encode_titled(std::string_view title, const JsonObject& data) {
  return JsonObject().add("message", title).add_json("data", data.text()).text();
}

void add_usage(JsonObject& out, const Usage& usage) {
  out.add("promptTokens", usage.prompt_tokens).add("completionTokens", usage.completion_tokens);
  if (usage.cached_prompt_tokens) out.add("cachedPromptTokens", *usage.cached_prompt_tokens);
  if (usage.reasoning_tokens) out.add("reasoningTokens", *usage.reasoning_tokens);
}

/// `[0.25,20.125]`: milliseconds, to the microsecond.
std::string encode_offsets(const std::vector<std::uint32_t>& offsets_us) {
  std::string out;
  for (const std::uint32_t offset : offsets_us)
    out += (out.empty() ? '[' : ',') + json_number(static_cast<double>(offset) / 1000);
  return out + "]";
}

std::string encode_arrival(const NodeArrival& arrival) {
  return R"(,"nodeId":)" + json_string(arrival.node_id) + R"(,"nodeArrivalUs":)" + std::to_string(arrival.arrived_us) +
         R"(,"nodeQueueUs":)" + std::to_string(arrival.queued_us);
}

enum class Carries { kAll, kText, kNothing };

std::string encode_completion(const Completion& frame, Carries carries) {
  const bool with_text = carries != Carries::kNothing;
  JsonObject data;
  if (with_text) data.add("message", frame.text);
  if (frame.reasoning && carries == Carries::kAll) data.add("reasoning", *frame.reasoning);
  data.add("sender", frame.sender)
      .add("isComplete", true)
      .add("timestamp", frame.timestamp_ms)
      .add("messageId", frame.message_id)
      .add("chatId", frame.chat_id)
      .add("finishReason", frame.finish_reason);
  JsonObject usage;
  if (frame.usage) add_usage(usage, *frame.usage);
  data.add_json("usage", usage.text()).add("ttftMs", frame.ttft_ms).add("durationMs", frame.duration_ms);
  if (!with_text) data.add("truncated", true);
  if (!frame.stored) data.add("stored", false);
  return encode_titled(kCompletionTitle, data);
}

JsonObject error_data(std::string_view text, std::string_view category, std::int64_t timestamp_ms) {
  JsonObject data;
  data.add("message", text).add("sender", "System").add("error", true).add("errorCategory", category);
  data.add("timestamp", timestamp_ms);
  return data;
}

std::string encode_stored(const StoredMessage& message) {
  JsonObject out;
  out.add("role", message.role)
      .add("content", message.content)
      .add("messageId", message.message_id)
      .add("timestamp", message.timestamp_ms);
  if (message.truncated) out.add("truncated", true);
  if (message.partial) out.add("partial", true);
  if (!message.sender.empty()) out.add("sender", message.sender);
  if (!message.sender_name.empty()) out.add("senderName", message.sender_name);
  return out.text();
}

/// The newest messages that fit, oldest first, as JSON.
std::vector<std::string> encode_fitting(const HistoryPage& page) {
  std::vector<std::string> messages;
  std::size_t used = kEnvelopeBytes;
  for (auto message = page.messages.rbegin(); message != page.messages.rend(); ++message) {
    messages.push_back(encode_stored(*message));
    used += messages.back().size() + 1;
    if (used <= kMaxMessageBytes) continue;
    messages.pop_back();
    break;
  }
  std::reverse(messages.begin(), messages.end());
  return messages;
}

/// `message` with as much of its content as one frame can carry.
StoredMessage cut(StoredMessage message) {
  message.content.resize(fitting_prefix(message.content, kMaxMessageBytes - 2 * kEnvelopeBytes));
  message.truncated = true;
  return message;
}

}  // namespace

std::string encode(const Accepted& frame) {
  JsonObject data;
  data.add("message", frame.waiting.empty() ? "Processing your request..." : frame.waiting)
      .add("messageId", frame.message_id)
      .add("chatId", frame.chat_id)
      .add("timestamp", frame.timestamp_ms);
  if (!frame.adjusted.empty()) data.add_json("adjusted", json_strings(frame.adjusted));
  if (frame.resumed) data.add("resumed", true);
  if (frame.restarted) data.add("restarted", true);
  if (!frame.waiting.empty()) data.add("waiting", true);
  return server_action(kAcceptedAction, data);
}

// One frame for every few tokens: appended to one string by hand.
std::string encode(const Chunk& frame) {
  std::string out;
  out.reserve(frame.text.size() + 192);
  out += R"({"action":"llm_response_chunk","data":{"text":)";
  out += json_string(frame.text);
  if (frame.reasoning) out += R"(,"reasoning":)" + json_string(*frame.reasoning);
  if (frame.text_was_reasoning) out += R"(,"textWasReasoning":true)";
  out += frame.is_complete ? R"(,"isComplete":true,"timestamp":)" : R"(,"isComplete":false,"timestamp":)";
  out += std::to_string(frame.timestamp_ms);
  out += R"(,"messageId":)";
  out += json_string(frame.message_id);
  out += R"(,"seq":)";
  out += std::to_string(frame.seq);
  if (frame.tokens) out += R"(,"tokens":)" + std::to_string(*frame.tokens);
  if (!frame.token_offsets_us.empty()) out += R"(,"tokenOffsetsMs":)" + encode_offsets(frame.token_offsets_us);
  if (frame.arrival) out += encode_arrival(*frame.arrival);
  out += "}}";
  return out;
}

std::string encode(const Completion& frame) {
  for (const Carries carries : {Carries::kAll, Carries::kText}) {
    std::string encoded = encode_completion(frame, carries);
    if (encoded.size() <= kMaxMessageBytes) return encoded;
  }
  return encode_completion(frame, Carries::kNothing);
}

std::string encode(const ErrorFrame& frame) {
  JsonObject data = error_data(frame.text, frame.category, frame.timestamp_ms);
  if (!frame.message_id.empty()) data.add("messageId", frame.message_id);
  if (frame.retry_after_ms) data.add("retryAfterMs", *frame.retry_after_ms);
  if (!frame.received_action.empty()) data.add("receivedAction", frame.received_action);
  return encode_titled(frame.title, data);
}

std::string encode(const Notice& frame) {
  JsonObject data;
  data.add("message", frame.text).add("sender", "System").add("timestamp", frame.timestamp_ms);
  if (!frame.chat_id.empty()) data.add("chatId", frame.chat_id);
  return encode_titled(frame.title, data);
}

std::string encode(const HistoryPage& frame) {
  std::vector<std::string> messages = encode_fitting(frame);
  if (messages.empty() && !frame.messages.empty()) messages.push_back(encode_stored(cut(frame.messages.back())));
  JsonObject data;
  data.add("chatId", frame.chat_id).add_json("messages", json_list(messages));
  if (!frame.before.empty()) data.add("before", frame.before);
  return server_action(kHistoryAction, data.add("timestamp", frame.timestamp_ms));
}

std::string encode(const Pong& frame) {
  return JsonObject().add("type", "pong").add("timestamp", frame.timestamp_ms).text();
}

std::string encode(const UnknownAction& frame) {
  JsonObject out;
  out.add("message", kUnknownActionTitle).add("receivedAction", frame.received_action);
  if (!frame.cause.empty()) out.add_json("data", error_data(frame.cause, "invalid_message", frame.timestamp_ms).text());
  return out.add("timestamp", frame.timestamp_ms).text();
}

std::string encode(const RoomMessage& frame) {
  JsonObject data;
  data.add("content", frame.content)
      .add("sender", frame.sender)
      .add("recipient", frame.recipient)
      .add("messageId", frame.message_id)
      .add("timestamp", frame.timestamp_ms);
  if (!frame.sender_name.empty()) data.add("senderName", frame.sender_name);
  if (!frame.room.empty()) data.add("room", frame.room);
  return server_action(kRoomAction, data);
}

std::string encode(const Presence& frame) {
  std::vector<std::string> members;
  std::size_t used = kEnvelopeBytes;
  for (const Occupant& member : frame.members) {
    std::string text = JsonObject().add("userId", member.user_id).add("name", member.name).text();
    used += text.size() + 1;
    if (used > kMaxMessageBytes) break;
    members.push_back(std::move(text));
  }
  JsonObject data;
  data.add("event", kPresenceEvents[static_cast<std::size_t>(frame.event)])
      .add("room", frame.room)
      .add_json("members", json_list(members));
  if (frame.event == Presence::Event::kList) data.add("count", frame.count);
  data.add("timestamp", frame.timestamp_ms);
  return server_action(kPresenceAction, data);
}

// API Gateway's own spacing, so that a client that compares texts sees no difference.
std::string encode(const GatewayNotice& frame) {
  return R"({"message": )" + json_string(frame.message) + R"(, "connectionId":)" + json_string(frame.connection_id) +
         R"(, "requestId":)" + json_string(frame.request_id) + "}";
}

std::size_t fitting_messages(const HistoryPage& page) {
  return encode_fitting(page).size();
}

std::size_t fitting_chunk_text(std::string_view text, std::size_t offsets) {
  const std::size_t reserved = kEnvelopeBytes + std::min(offsets, kMaxChunkOffsets) * kOffsetBytes;
  return fitting_prefix(text, kMaxMessageBytes - reserved);
}

}  // namespace wsdeep::wire
