#include <algorithm>

#include "base/random.h"
#include "base/text.h"
#include "chat/chat.h"
#include "chat/checked_input.h"
#include "chat/failures.h"
#include "chat/room.h"
#include "chat/turns.h"

namespace wsdeep::chat {
namespace {

constexpr int kMaxPageMessages = 100;
/// Cursors are ours; a longer one was made up.
constexpr std::size_t kMaxCursorBytes = 256;

wire::HistoryPage page_of(std::string_view chat_id, Chats::Slice slice, std::int64_t timestamp_ms) {
  std::reverse(slice.messages.begin(), slice.messages.end());
  return {std::string(chat_id), std::move(slice.messages), std::move(slice.next), timestamp_ms};
}

/// One frame of one connected client.
class FrameHandler {
 public:
  FrameHandler(std::string_view connection_id, MessagePorts ports, const Limits& limits)
      : connection_id_(connection_id), ports_(ports), limits_(limits) {}

  void handle(std::string_view body);
  /// Tells the client of a failed port; false when that fails too. The failure that brought us here is the one to
  /// report, so another is dropped.
  bool tell(const std::exception& failure) noexcept;

 private:
  void dispatch(std::string_view body);
  void on(const wire::MessageFrame& frame);
  void on(const wire::RoomFrame& frame) { rooms().say(frame); }
  void on(const wire::JoinFrame& frame) { rooms().join(frame); }
  void on(const wire::LeaveFrame& frame) { rooms().leave(frame); }
  void on(const wire::WhoFrame& frame) { rooms().tell_who(frame); }
  void on(const wire::NewConversationFrame& frame);
  void on(const wire::HistoryFrame& frame);
  void on(const wire::CancelFrame& frame);
  void on(const wire::PingFrame& frame);
  void on(const wire::UnknownFrame& frame);

  RoomDesk rooms() { return {connection_, ports_, limits_}; }
  void use_chat(const std::string& chat_id);
  void clear();
  void take_message_id(const wire::MessageFrame& frame);
  wire::HistoryPage read_page(const std::string& chat_id, std::int64_t from_ms, const std::string& before, int limit);

  void notify(std::string_view title, std::string text);
  void refuse(wire::ErrorFrame frame);
  Delivery post(std::string_view frame, Repeat repeat = Repeat::kVisible);
  std::int64_t now_ms() const { return epoch_ms(ports_.clock.now()); }

  std::string_view connection_id_;
  MessagePorts ports_;
  const Limits& limits_;
  Connection connection_;
  std::string_view action_;  ///< of this frame; empty: not known
  std::string message_id_;   ///< of the turn that this frame is about, once the client knows it
};

void FrameHandler::handle(std::string_view body) {
  try {
    dispatch(body);
  } catch (const wire::FrameError& error) {
    post(encode(wire::ErrorFrame{std::string(kInvalidInput), error.what(), "invalid_message", "", now_ms()}));
  } catch (const Refusal& refusal) {
    refuse({std::string(refusal.title), refusal.text, std::string(refusal.category), message_id_, now_ms(),
            refusal.retry_after_ms});
  }
}

bool FrameHandler::tell(const std::exception& failure) noexcept {
  try {
    refuse(failure_frame(category_of(failure), message_id_, now_ms()));
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

/// Read before anything can fail: the client learns which of its frames it was.
void FrameHandler::dispatch(std::string_view body) {
  const wire::ClientFrame known = wire::parse_client_frame(body);
  action_ = wire::action_name(known);
  auto connection = ports_.connections.find(connection_id_);
  if (!connection) throw Refusal{kInvalidInput, "internal", "This connection is not known. Please reconnect."};
  connection_ = std::move(*connection);
  std::visit([&](const auto& frame) { on(frame); }, known);
}

void FrameHandler::on(const wire::MessageFrame& frame) {
  take_message_id(frame);
  const std::string text = checked_text(frame.text, limits_.max_text_characters);
  if (frame.chat_id) use_chat(*frame.chat_id);
  if (trim(text) == "/clear") return clear();
  ask({text, {frame.parameters, frame.separate_reasoning, frame.timings}}, connection_, message_id_, ports_);
}

/// Switches the connection to another chat of the same user. One answer for a chat that does not exist and for somebody
/// else's: which ids exist is nobody's business.
void FrameHandler::use_chat(const std::string& chat_id) {
  if (chat_id == connection_.chat_id) return;
  const auto chat = is_chat_id(chat_id) ? ports_.chats.find(chat_id) : std::nullopt;
  if (!chat || chat->user_id != connection_.user_id) throw invalid_input("There is no such chat.");
  ports_.connections.set_chat(connection_id_, chat_id);
  connection_.chat_id = chat_id;
}

void FrameHandler::clear() {
  if (!ports_.chats.clear(connection_.chat_id, now_ms())) throw refusal_of("chat_expired");
  notify("Chat history cleared", "The model starts without the earlier messages.");
}

/// A client that names its message learns from every answer which message it is about.
void FrameHandler::take_message_id(const wire::MessageFrame& frame) {
  if (frame.message_id) message_id_ = checked_message_id(*frame.message_id);
}

void FrameHandler::on(const wire::NewConversationFrame&) {
  connection_.chat_id = random_uuid();
  ports_.chats.open(connection_.chat_id, connection_.user_id);
  ports_.connections.set_chat(connection_id_, connection_.chat_id);
  notify("New conversation started", "The next message begins a new chat.");
}

void FrameHandler::on(const wire::HistoryFrame& frame) {
  const std::string before = frame.before.value_or("");
  if (before.size() > kMaxCursorBytes) throw invalid_input("There is no such page.");
  const int limit = std::clamp(frame.limit, 1, kMaxPageMessages);
  if (frame.room) {
    post(encode(read_page(rooms().chat_of(*frame.room), 0, before, limit)));
    return;
  }
  const auto chat = ports_.chats.find(connection_.chat_id);
  if (!chat) throw refusal_of("chat_expired");
  post(encode(read_page(chat->chat_id, chat->history_from_ms, before, limit)));
}

/// A page that does not fit into one frame is read again, shorter: only the store makes the cursor of the rest.
wire::HistoryPage FrameHandler::read_page(const std::string& chat_id, std::int64_t from_ms, const std::string& before,
                                          int limit) {
  const auto read = [&](int count) {
    auto slice = ports_.chats.read_back(chat_id, from_ms, before, count);
    if (!slice) throw invalid_input("There is no such page.");
    return page_of(chat_id, std::move(*slice), now_ms());
  };
  wire::HistoryPage page = read(limit);
  const std::size_t fitting = std::max<std::size_t>(1, wire::fitting_messages(page));
  return fitting < page.messages.size() ? read(static_cast<int>(fitting)) : page;
}

void FrameHandler::on(const wire::CancelFrame& frame) {
  const std::string chat_id = frame.room ? rooms().chat_of(*frame.room) : connection_.chat_id;
  if (ports_.chats.request_cancel(chat_id, frame.message_id))
    notify("Cancellation requested", "The answer is being stopped.");
  else
    notify("Nothing to cancel", "No answer is being generated.");
}

void FrameHandler::on(const wire::PingFrame&) {
  post(encode(wire::Pong{now_ms()}), Repeat::kHarmless);
}

void FrameHandler::on(const wire::UnknownFrame& frame) {
  post(encode(wire::UnknownAction{frame.received_action, frame.cause, now_ms()}));
}

void FrameHandler::notify(std::string_view title, std::string text) {
  post(encode(wire::Notice{std::string(title), std::move(text), connection_.chat_id, now_ms()}));
}

void FrameHandler::refuse(wire::ErrorFrame frame) {
  if (frame.message_id.empty()) frame.received_action = action_;
  post(encode(frame));
}

Delivery FrameHandler::post(std::string_view frame, Repeat repeat) {
  const Delivery delivery = ports_.replies.post(connection_id_, frame, repeat);
  if (delivery == Delivery::kGone) ports_.connections.remove(connection_id_);
  return delivery;
}

}  // namespace

std::string handle_frame(std::string_view connection_id, std::string_view body, MessagePorts ports,
                         const Limits& limits) {
  FrameHandler handler(connection_id, ports, limits);
  try {
    handler.handle(body);
    return "";
  } catch (const std::exception& failure) {
    if (handler.tell(failure)) return failure.what();
    throw;
  }
}

}  // namespace wsdeep::chat
