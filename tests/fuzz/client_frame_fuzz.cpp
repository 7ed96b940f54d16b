// Whatever bytes a client sends, its frame is read or refused, and what was read survives being written and read again.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "base/utf8.h"
#include "fuzz/target.h"
#include "wire/chat_frames.h"
#include "wire/gateway_event.h"

namespace client_frame_fuzz {
namespace {

using namespace wsdeep::wire;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const MessageFrame& frame) {
  const std::string text = encode(frame);
  require(encode(std::get<MessageFrame>(parse_client_frame(text))) == text);
}
void check(const HistoryFrame& frame) {
  const std::string text = encode(frame);
  require(encode(std::get<HistoryFrame>(parse_client_frame(text))) == text);
}
void check(const CancelFrame& frame) {
  require(std::get<CancelFrame>(parse_client_frame(encode(frame))).message_id == frame.message_id);
}
void check(const UnknownFrame& frame) {
  const std::string answer = encode(UnknownAction{frame.received_action, frame.cause, 0});
  require(answer.size() < kMaxFrameBytes);
  require(std::get<UnknownAction>(parse_server_frame(answer)).received_action == frame.received_action);
}
void check(const RoomFrame& frame) {
  const std::string text = encode(RoomMessage{frame.content, "u", frame.recipient, "m", 0, "name", frame.room});
  require(std::get<RoomMessage>(parse_server_frame(text)).content == frame.content);
  require(std::get<RoomFrame>(parse_client_frame(encode(frame))).room == frame.room);
}
void check(const JoinFrame& frame) {
  require(std::get<JoinFrame>(parse_client_frame(encode(frame))).room == frame.room);
}
void check(const LeaveFrame& frame) {
  require(std::get<LeaveFrame>(parse_client_frame(encode(frame))).room == frame.room);
}
void check(const WhoFrame& frame) {
  require(std::get<WhoFrame>(parse_client_frame(encode(frame))).room == frame.room);
}
void check(const NewConversationFrame&) {}
void check(const PingFrame&) {}

void read_as_client(std::string_view body) {
  try {
    std::visit([](const auto& frame) { check(frame); }, parse_client_frame(body));
  } catch (const FrameError& error) {
    require(wsdeep::is_utf8(error.what()));
  }
}

void read_as_server(std::string_view body) {
  try {
    const std::string text = std::visit([](const auto& frame) { return encode(frame); }, parse_server_frame(body));
    require(text.size() > kMaxMessageBytes ||
            std::visit([](const auto& frame) { return encode(frame); }, parse_server_frame(text)) == text);
  } catch (const FrameError&) {
    return;
  }
}

/// Chunks are written from text of unknown origin: they are always readable and fit.
void write_chunk(std::string_view text) {
  const std::string frame = encode(Chunk{std::string(text), "m", 0, false, 0});
  require(std::holds_alternative<Chunk>(parse_server_frame(frame)));
  require(text.empty() || !wsdeep::is_utf8(text) || fitting_chunk_text(text) > 0);
}

}  // namespace

FUZZ_TARGET(client_frame_fuzz) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  read_as_client(body);
  read_as_server(body);
  write_chunk(body);
  evaluate_route_selection("$request.body.action", body);
  evaluate_route_selection(body, R"({"action":"message","data":{"list":[1,2]}})");
  return 0;
}

}  // namespace client_frame_fuzz
