#include "load/drive/chat_session.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "wire/chat_frames.h"

namespace wsdeep::load {
namespace {

constexpr std::string_view kConversationStarted = "New conversation started";
constexpr std::chrono::milliseconds kRenewTimeout{30'000};

Micros in_micros(std::chrono::milliseconds time) {
  return std::chrono::microseconds(time).count();
}

}  // namespace

void ChatSession::open(std::chrono::nanoseconds delay) {
  if (delay.count() <= 0) return connection_.open();
  alarm_ = loop_.after(delay, [this] { connection_.open(); });
}

ConnectionRecord ChatSession::connection() const {
  ConnectionRecord record = connection_.record();
  record.other_messages = between_.billed;
  return record;
}

bool ChatSession::begin(const Arrival& arrival) {
  if (state_ == State::kClosing) return false;
  arrival_ = arrival;
  turn_.emplace(new_turn(arrival));
  if (state_ == State::kOpening) return true;
  send_turn();
  return true;
}

ChatTurn ChatSession::new_turn(const Arrival& arrival) {
  if (turns_ == 0) conversation_ = plan_.conversations++;
  TurnRecord record;
  record.index = arrival.index;
  record.plane = Plane::kChat;
  record.stage = arrival.stage;
  record.conversation = conversation_;
  record.turn = turns_++;
  record.intended = arrival.intended;
  return {std::move(record), fmt::format("{}-{}", plan_.run_id, arrival.index), arrival.cancel_after};
}

std::string ChatSession::question(const Arrival& arrival, const std::string& id) const {
  const int turn = turns_ - 1;
  Prompt prompt = plan_.prompts.prompt(arrival, conversation_, turn);
  wire::MessageFrame frame;
  frame.text = turn == 0 && !prompt.system.empty() ? prompt.system + "\n\n" + prompt.text : std::move(prompt.text);
  frame.parameters.max_tokens = prompt.max_tokens;
  frame.message_id = id;
  frame.separate_reasoning = true;
  frame.timings = plan_.timings;
  return wire::encode(frame);
}

void ChatSession::send_turn() {
  state_ = State::kAnswering;
  std::string frame = question(*std::exchange(arrival_, std::nullopt), turn_->id());
  if (frame.size() > wire::kMaxMessageBytes) {
    turn_->end({TurnEnd::kFailed, "prompt too long", "API Gateway takes 128 KB"}, plan_.access.clock.now());
    return end_turn();
  }
  last_sent_ = plan_.access.clock.now();
  turn_->sent(last_sent_, frame.size());
  connection_.send(std::move(frame));
  if (turn_->cancel_after() != kNever)
    alarm_ = loop_.after(std::chrono::microseconds(turn_->cancel_after()), [this] { cancel_turn(); });
}

/// A server that has not yet said that it has the turn would not know what is cancelled.
void ChatSession::cancel_turn() {
  cancel_wanted_ = !turn_->is_acknowledged();
  if (cancel_wanted_) return;
  std::string frame = wire::encode(wire::CancelFrame{turn_->id()});
  last_sent_ = plan_.access.clock.now();
  turn_->cancel_sent(last_sent_, frame.size());
  connection_.send(std::move(frame));
}

// ---- what the connection says --------------------------------------------------------------------------------------

void ChatSession::on_opened() {
  last_sent_ = plan_.access.clock.now();
  turn_ ? send_turn() : rest();
  owner_.on_open(*this);
}

void ChatSession::on_message(std::string message, bool binary, Micros at) {
  turn_ ? turn_->received(message.size()) : between_.count_received(message.size());
  if (state_ == State::kClosing) return;
  try {
    if (binary) throw wire::FrameError("frame: expected text, got binary");
    const wire::ServerFrame frame = wire::parse_server_frame(message);
    turn_ ? read_turn(frame, at) : read_between(frame);
  } catch (const wire::FrameError& fault) {
    if (turn_) turn_->end(ending_of_garbage(fault.what(), turn_->progress()), at);
    retire();
  }
}

void ChatSession::read_turn(const wire::ServerFrame& frame, Micros at) {
  const bool text_had_come = turn_->progress().text_came;
  const ChatTurn::Heard heard = turn_->take(frame, at);
  if (!text_had_come && turn_->progress().text_came) owner_.on_text(turn_->index(), at);
  switch (heard) {
    case ChatTurn::Heard::kGoesOn:
      if (std::exchange(cancel_wanted_, false)) cancel_turn();
      return;
    case ChatTurn::Heard::kEnds:
      return end_turn();
    case ChatTurn::Heard::kEndsInDoubt:
      return retire();
  }
}

void ChatSession::read_between(const wire::ServerFrame& frame) {
  const auto* const notice = std::get_if<wire::Notice>(&frame);
  if (state_ != State::kRenewing) return;
  if (notice != nullptr && notice->title == kConversationStarted) return rest();
  const bool refused = std::holds_alternative<wire::ErrorFrame>(frame) ||
                       std::holds_alternative<wire::GatewayNotice>(frame) ||
                       std::holds_alternative<wire::UnknownAction>(frame);
  if (refused) retire();
}

void ChatSession::on_closed(const ConnectionRecord& record, const session::Loss& loss) {
  state_ = State::kClosing;
  alarm_ = {};
  if (turn_) {
    turn_->end(ending_of(record, loss, turn_->progress()), record.closed);
    end_turn();
  }
  owner_.on_gone(*this, loss);
}

// ---- between turns -------------------------------------------------------------------------------------------------

void ChatSession::end_turn() {
  alarm_ = {};
  cancel_wanted_ = false;
  EndedTurn ended = turn_->finish(std::exchange(between_, {}));
  turn_.reset();
  TurnRecord& record = ended.record;
  record.moved = !record.node.empty() && !last_node_.empty() && record.node != last_node_;
  if (!record.node.empty()) last_node_ = record.node;
  const bool over = turns_ >= plan_.prompts.turns(conversation_) || record.reason == "chat_expired";
  // Told last: who asks again at once finds this session idle.
  if (state_ != State::kClosing) over ? renew() : rest();
  owner_.on_turn(std::move(ended));
}

/// The next conversation is asked for as soon as the last one has ended: no turn has to wait for it.
void ChatSession::renew() {
  state_ = State::kRenewing;
  turns_ = 0;
  last_node_.clear();
  send(wire::encode(wire::NewConversationFrame{}));
}

void ChatSession::rest() {
  state_ = State::kIdle;
  owner_.on_idle(*this);
}

void ChatSession::send(std::string frame) {
  last_sent_ = plan_.access.clock.now();
  between_.count_sent(frame.size());
  connection_.send(std::move(frame));
}

void ChatSession::look_around(Micros now) {
  if (state_ == State::kIdle && now - last_sent_ > in_micros(plan_.keep_alive))
    return send(wire::encode(wire::PingFrame{}));
  if (state_ == State::kRenewing && now - last_sent_ > in_micros(kRenewTimeout)) return retire();
  if (state_ != State::kAnswering || now - turn_->heard_at() <= in_micros(plan_.answer_timeout)) return;
  turn_->end(ending_of_silence(plan_.answer_timeout, turn_->progress()), now);
  retire();
}

/// It is not known any more what the server does on this connection: another one takes its place.
void ChatSession::retire() {
  state_ = State::kClosing;
  alarm_ = {};
  if (turn_) end_turn();
  connection_.close();
}

void ChatSession::close() {
  if (turn_) turn_->end({TurnEnd::kUnfinished, kStillRunning}, plan_.access.clock.now());
  retire();
}

}  // namespace wsdeep::load
