#include "session/room_machine.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/random.h"
#include "wire/room_words.h"

namespace wsdeep::session {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxSends = 3;
/// To know again what a history shows once more.
constexpr std::size_t kMostSeen = 2000;
constexpr int kMissedMessages = 100;

}  // namespace

RoomMachine::RoomMachine(Link& link, const Clock& clock, const RoomOptions& options, RoomView& view)
    : options_(options), clock_(clock), view_(view), connection_(link, clock, options.connection, *this) {}

void RoomMachine::say(std::string text, std::string recipient) {
  const std::string room = recipient == "all" ? options_.room : "";
  outbox_.push_back({{std::move(text), std::move(recipient), room, random_uuid()}});
  // Nobody hears himself: it would come back as somebody else's at the next look into the history.
  is_new(*outbox_.back().frame.message_id, "user");
  if (!room.empty() && wire::asks_model(outbox_.back().frame.content))
    questions_.insert(*outbox_.back().frame.message_id);
  pump();
}

void RoomMachine::who() {
  connection_.send(encode(wire::WhoFrame{options_.room}));
}

void RoomMachine::cancel() {
  if (is_answering()) connection_.send(encode(wire::CancelFrame{answering_, options_.room}));
}

// ---- the connection ----

void RoomMachine::on_open(bool again) {
  joined_ = false;
  ask_in();
  view_.on_open(again);
}

/// Joining is answered by who is there; in the lobby everybody is from the start.
void RoomMachine::ask_in() {
  if (!connection_.send(encode(wire::JoinFrame{options_.room}))) return;
  join_sent_ = clock_.steady_now();
  connection_.arm();
}

void RoomMachine::on_lost(const Loss& loss, std::chrono::milliseconds wait) {
  joined_ = false;
  forget_asked();
  if (is_answering()) {
    seen_.erase(answering_ + "#assistant");  // it is shown whole, when it is
    end_answer("the rest comes when the connection is back");
  }
  for (Saying& saying : outbox_) saying.sends = 0;
  view_.on_lost(loss, wait);
}

std::optional<SteadyTime> RoomMachine::due() const {
  if (join_sent_) return *join_sent_ + options_.ask_again_after;
  const auto front = front_due();
  const auto history = history_due();
  return front && history ? std::min(front, history) : front ? front : history;
}

std::optional<SteadyTime> RoomMachine::front_due() const {
  if (hold_until_) return hold_until_;
  if (!joined_ || !is_in_flight()) return std::nullopt;
  return outbox_.front().sent_at + options_.ask_again_after;
}

std::optional<SteadyTime> RoomMachine::history_due() const {
  return history_sent_ ? std::optional(*history_sent_ + options_.ask_again_after) : std::nullopt;
}

void RoomMachine::on_due() {
  if (join_sent_) return ask_in();
  const SteadyTime now = clock_.steady_now();
  if (const auto history = history_due(); history && now >= *history) ask_history();
  if (const auto front = front_due(); front && now >= *front) on_front_due();
}

void RoomMachine::on_front_due() {
  if (std::exchange(hold_until_, std::nullopt)) return pump();
  if (outbox_.front().sends < kMaxSends) return send_front();
  outbox_.pop_front();
  view_.on_refused({"No answer", "The service does not answer: nobody knows whether the message arrived.", "no_answer",
                    "", epoch_ms(clock_.now())});
  pump();
}

void RoomMachine::on_frame(const std::string& text) {
  std::optional<wire::ServerFrame> frame;
  try {
    frame = wire::parse_server_frame(text);
  } catch (const wire::FrameError&) {
    return;  // of a newer server
  }
  std::visit([this](const auto& known) { on(known); }, *frame);
}

// ---- saying ----

void RoomMachine::pump() {
  if (joined_ && !hold_until_ && !outbox_.empty() && !is_in_flight()) send_front();
  connection_.arm();
}

void RoomMachine::send_front() {
  Saying& saying = outbox_.front();
  if (!connection_.send(encode(saying.frame))) return;
  ++saying.sends;
  saying.sent_at = clock_.steady_now();
  connection_.arm();
}

void RoomMachine::on(const wire::Notice& frame) {
  if (frame.title != "Message sent" || !is_in_flight()) return;
  connection_.worked();
  outbox_.pop_front();
  view_.on_sent(frame.text);
  pump();
}

/// One that names a message is about the model's answer to it, whoever asked, and may overtake the word that the
/// question was sent; one that does not answers what was sent last, if it does not say that it answers something else.
void RoomMachine::on(const wire::ErrorFrame& frame) {
  if (!frame.message_id.empty() && frame.message_id == answering_)
    return end_answer(frame.category == "cancelled" ? "cancelled" : frame.text);
  const std::string& action = frame.received_action;
  const bool is_elses = !action.empty() && action != "message";
  const bool is_front = is_in_flight() && !is_elses && (frame.message_id.empty() || is_front_itself(frame.message_id));
  if (is_front && frame.category == "rate_limited") return hold(frame);
  const bool is_others = !is_front && !frame.message_id.empty() && questions_.erase(frame.message_id) == 0;
  if (is_others) return view_.on_other_failed(frame);
  if (is_front) outbox_.pop_front();
  const bool may_be_asked = action.empty() || action == "join" || action == "history";
  const bool is_for_good = !is_front && may_be_asked && frame.message_id.empty() && frame.category == "invalid_input";
  if (is_for_good) forget_asked();
  view_.on_refused(frame);
  pump();
}

/// It is not asked for again by itself.
void RoomMachine::forget_asked() {
  join_sent_.reset();
  history_sent_.reset();
}

/// Whether that is what was sent last, and no question to the model.
bool RoomMachine::is_front_itself(const std::string& message_id) const {
  return message_id == outbox_.front().frame.message_id && !questions_.contains(message_id);
}

/// Who says much says it slower.
void RoomMachine::hold(const wire::ErrorFrame& frame) {
  constexpr milliseconds kHold{2'000};
  outbox_.front().sends = 0;
  hold_until_ = clock_.steady_now() + (frame.retry_after_ms ? milliseconds(*frame.retry_after_ms) : kHold);
  connection_.arm();
}

void RoomMachine::on(const wire::UnknownAction& frame) {
  if (frame.received_action == "ping") return;
  forget_asked();
  view_.on_refused({"No rooms", "This service has no rooms.", "invalid_input", "", epoch_ms(clock_.now())});
}

void RoomMachine::on(const wire::GatewayNotice& frame) {
  view_.on_refused({frame.message, "API Gateway answered \"" + frame.message + "\" (request " + frame.request_id + ")",
                    "internal", "", epoch_ms(clock_.now())});
}

// ---- hearing ----

bool RoomMachine::is_new(const std::string& message_id, std::string_view role) {
  if (message_id.empty()) return true;
  std::string key = message_id + "#" + std::string(role);
  if (!seen_.insert(key).second) return false;
  seen_order_.push_back(std::move(key));
  if (seen_order_.size() > kMostSeen) {
    seen_.erase(seen_order_.front());
    seen_order_.pop_front();
  }
  return true;
}

void RoomMachine::on(const wire::Presence& frame) {
  if (frame.room != options_.room) return;
  if (frame.event == wire::Presence::Event::kList && !std::exchange(joined_, true)) {
    join_sent_.reset();
    connection_.worked();
    ask_history();
  }
  view_.on_presence(frame);
  pump();
}

void RoomMachine::ask_history() {
  const int most = caught_up_ ? kMissedMessages : options_.earlier;
  if (!connection_.send(encode(wire::HistoryFrame{most, std::nullopt, options_.room}))) return;
  history_sent_ = clock_.steady_now();
  connection_.arm();
}

void RoomMachine::on(const wire::HistoryPage& frame) {
  history_sent_.reset();
  const bool first = !std::exchange(caught_up_, true);
  for (const wire::StoredMessage& message : frame.messages) said(first, message);
}

void RoomMachine::said(bool earlier, const wire::StoredMessage& message) {
  if (!is_new(message.message_id, message.role)) return;
  const bool by_model = message.role == "assistant";
  view_.on_said({by_model ? "" : message.sender, by_model ? "model" : message.sender_name, message.content,
                 message.timestamp_ms, earlier, false});
}

void RoomMachine::on(const wire::RoomMessage& frame) {
  const bool to_me = frame.recipient != "all";
  if ((!to_me && frame.room != options_.room) || !is_new(frame.message_id, "user")) return;
  view_.on_said({frame.sender, frame.sender_name.empty() ? frame.sender : frame.sender_name, frame.content,
                 frame.timestamp_ms, false, to_me});
}

/// Who comes in the middle of an answer gets it from the history, when it is whole.
void RoomMachine::on(const wire::Chunk& frame) {
  if (answering_.empty() && frame.seq == 0 && is_new(frame.message_id, "assistant")) {
    answering_ = frame.message_id;
    next_seq_ = 0;
  }
  if (frame.message_id != answering_ || frame.seq != next_seq_) return;
  ++next_seq_;
  if (!frame.text.empty()) view_.on_text(frame.text);
}

void RoomMachine::on(const wire::Completion& frame) {
  questions_.erase(frame.message_id);
  if (frame.message_id == answering_) return end_answer("");
  if (frame.truncated || !is_new(frame.message_id, "assistant")) return;
  view_.on_said({"", "model", frame.text, frame.timestamp_ms, false, false});
}

/// In mid-answer, when a node that goes has handed it over.
void RoomMachine::on(const wire::Accepted& frame) {
  if (!frame.restarted || frame.message_id != answering_) return;
  next_seq_ = 0;
  view_.on_text_restarted();
}

void RoomMachine::end_answer(const std::string& remark) {
  answering_.clear();
  view_.on_answered(remark);
}

}  // namespace wsdeep::session
