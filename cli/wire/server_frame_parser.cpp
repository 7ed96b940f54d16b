#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "base/error.h"
#include "wire/chat_frames.h"
#include "wire/chunk_scan.h"
#include "wire/json_fields.h"
#include "wire/server_frame_names.h"

// Server → client: what a client reads. Only what identifies a frame is required of it: an older or a newer server's
// frame, with fields fewer or more, is still understood.

namespace wsdeep::wire {
namespace {

std::int64_t timestamp_of(const JsonFields& fields) {
  return fields.integer_or("timestamp", 0);
}

Accepted read_accepted(const JsonFields& data) {
  return {data.text("messageId"),
          data.text_or("chatId", ""),
          timestamp_of(data),
          data.texts_if("adjusted").value_or(std::vector<std::string>{}),
          data.boolean_or("resumed", false),
          data.boolean_or("restarted", false),
          data.boolean_or("waiting", false) ? data.text_or("message", "") : ""};
}

/// Numbers that are no times say nothing.
std::vector<std::uint32_t> read_offsets(const JsonFields& data) {
  std::vector<std::uint32_t> offsets_us;
  if (data.find("tokenOffsetsMs") == nullptr) return offsets_us;
  for (const Json& offset : data.list("tokenOffsetsMs")) {
    const double us = offset.is_number() ? std::round(offset.get<double>() * 1000) : -1;
    if (!(us >= 0 && us <= std::numeric_limits<std::uint32_t>::max())) return {};
    offsets_us.push_back(static_cast<std::uint32_t>(us));
  }
  return offsets_us;
}

/// Known only whole.
std::optional<NodeArrival> read_arrival(const JsonFields& data) {
  const auto node = data.text_if("nodeId");
  const auto arrived_us = data.integer_if("nodeArrivalUs"), queued_us = data.integer_if("nodeQueueUs");
  if (!node || !arrived_us || !queued_us) return std::nullopt;
  return NodeArrival{*node, *arrived_us, *queued_us};
}

Chunk read_chunk(const JsonFields& data) {
  return {data.text("text"),
          data.text_or("messageId", ""),
          data.integer_or("seq", 0),
          data.boolean_or("isComplete", false),
          timestamp_of(data),
          data.text_if("reasoning"),
          data.boolean_or("textWasReasoning", false),
          data.integer_if("tokens"),
          read_offsets(data),
          read_arrival(data)};
}

/// Known only whole.
std::optional<Usage> read_usage(const JsonFields& data) {
  const auto usage = data.object_if("usage");
  if (!usage) return std::nullopt;
  const auto prompt = usage->integer_if("promptTokens"), completion = usage->integer_if("completionTokens");
  if (!prompt || !completion) return std::nullopt;
  return Usage{*prompt, *completion, usage->integer_if("cachedPromptTokens"), usage->integer_if("reasoningTokens")};
}

Completion read_completion(const JsonFields& data) {
  Completion out;
  out.truncated = data.boolean_or("truncated", false);
  out.text = out.truncated ? data.text_or("message", "") : data.text("message");
  out.sender = data.text_or("sender", out.sender);
  out.message_id = data.text_or("messageId", "");
  out.chat_id = data.text_or("chatId", "");
  out.finish_reason = data.text_or("finishReason", "");
  out.usage = read_usage(data);
  out.ttft_ms = data.integer_or("ttftMs", 0);
  out.duration_ms = data.integer_or("durationMs", 0);
  out.timestamp_ms = timestamp_of(data);
  out.stored = data.boolean_or("stored", true);
  out.reasoning = data.text_if("reasoning");
  return out;
}

ErrorFrame read_error_frame(const std::string& title, const JsonFields& data) {
  constexpr std::int64_t kLongestWaitMs = 3'600'000;
  auto retry_after_ms = data.integer_if("retryAfterMs");
  if (retry_after_ms && (*retry_after_ms < 0 || *retry_after_ms > kLongestWaitMs)) retry_after_ms.reset();
  return {title,
          data.text("message"),
          data.text_or("errorCategory", "internal"),
          data.text_or("messageId", ""),
          timestamp_of(data),
          retry_after_ms,
          data.text_or("receivedAction", "")};
}

HistoryPage read_history_page(const JsonFields& data) {
  HistoryPage out;
  out.chat_id = data.text_or("chatId", "");
  for (const Json& item : data.list("messages")) {
    const JsonFields message(item, data.path_of("messages"));
    out.messages.push_back({message.text("role"), message.text("content"), message.text_or("messageId", ""),
                            timestamp_of(message), message.boolean_or("truncated", false),
                            message.boolean_or("partial", false), message.text_or("sender", ""),
                            message.text_or("senderName", "")});
  }
  out.before = data.text_or("before", "");
  out.timestamp_ms = timestamp_of(data);
  return out;
}

RoomMessage read_room(const JsonFields& data) {
  return {data.text("content"),          data.text_or("sender", ""), data.text_or("recipient", ""),
          data.text_or("messageId", ""), timestamp_of(data),         data.text_or("senderName", ""),
          data.text_or("room", "")};
}

Presence read_presence(const JsonFields& data) {
  Presence out;
  const std::string event = data.text("event");
  const auto known = std::find(std::begin(kPresenceEvents), std::end(kPresenceEvents), event);
  if (known == std::end(kPresenceEvents)) data.fail("event", "unknown");
  out.event = static_cast<Presence::Event>(known - std::begin(kPresenceEvents));
  out.room = data.text_or("room", "");
  for (const Json& item : data.list("members")) {
    const JsonFields member(item, data.path_of("members"));
    out.members.push_back({member.text("userId"), member.text_or("name", "")});
  }
  out.count = data.integer_or("count", static_cast<std::int64_t>(out.members.size()));
  out.timestamp_ms = timestamp_of(data);
  return out;
}

UnknownAction read_unknown_action(const JsonFields& frame) {
  const auto data = frame.object_if("data");
  return {frame.text_or("receivedAction", ""), data ? data->text_or("message", "") : "", timestamp_of(frame)};
}

ServerFrame read_action(const std::string& action, const JsonFields& frame) {
  if (action == kChunkAction) return read_chunk(frame.object("data"));
  if (action == kAcceptedAction) return read_accepted(frame.object("data"));
  if (action == kHistoryAction) return read_history_page(frame.object("data"));
  if (action == kPresenceAction) return read_presence(frame.object("data"));
  if (action == kRoomAction) return read_room(frame.object("data"));
  frame.fail("action", "unknown");
}

/// Frames that a human title names: the end of a turn, errors, notices, and API Gateway's own.
ServerFrame read_titled(const std::string& title, const JsonFields& frame) {
  if (title == kCompletionTitle) return read_completion(frame.object("data"));
  if (title == kUnknownActionTitle) return read_unknown_action(frame);
  const auto data = frame.object_if("data");
  if (!data) return GatewayNotice{title, frame.text("connectionId"), frame.text("requestId")};
  if (data->boolean_or("error", false)) return read_error_frame(title, *data);
  return Notice{title, data->text_or("message", ""), data->text_or("chatId", ""), timestamp_of(*data)};
}

ServerFrame read_server_frame(const JsonFields& frame) {
  if (const auto action = frame.text_if("action")) return read_action(*action, frame);
  if (frame.text_or("type", "") == "pong") return Pong{timestamp_of(frame)};
  return read_titled(frame.text("message"), frame);
}

}  // namespace

ServerFrame parse_server_frame(std::string_view body) {
  if (auto chunk = scan_chunk(body)) return *std::move(chunk);
  try {
    const Json document = parse_json(body, "frame");
    return read_server_frame(JsonFields(document));
  } catch (const Error& error) {
    throw FrameError(error.what());
  }
}

}  // namespace wsdeep::wire
