// One chat of a client.
//
//   ask ──► waits for the connection ──► sent ──receipt──► acknowledged ──pieces──► completed
//                   ▲                      │                    │
//                   └──── the connection was lost ◄─────────────┘            or failed, or cancelled: told once
//
// A question has an id that is made here, and that the server takes as the turn's: sent again it is still one turn. The
// server then says how the turn stands (`resumed`: the rest follows, or the whole; `restarted`: it begins again).
// A server that does not know this answers with an id of its own. Its turns are never sent again once that is known:
// they would be done twice.
//
// Commands go before questions, and a question waits for their answer: the functions behind a gateway run side by side,
// and a question that overtook `new_conversation` would be asked in the old chat.
//
// From `new_conversation` on, the old chat's id is forgotten: a connection that is lost before the answer takes up a
// chat of a new id, never the old one. A question names the chat that the server has named: a frame or a write that
// comes late may have moved the connection to another.
#include "session/turn_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "base/text.h"

namespace wsdeep::session {
namespace {

constexpr int kMaxSendsWithoutReceipt = 5;
constexpr int kMaxCommandSends = 5;
/// The receipt of a question that did arrive is there by then.
constexpr std::chrono::milliseconds kDoubt{1'000};

constexpr std::string_view kClearText = "/clear";
constexpr std::string_view kNewStarted = "New conversation started";
constexpr std::string_view kCleared = "Chat history cleared";

/// The peer's word for a message that it will never take.
bool refuses_message(int close_code) {
  return close_code == 1003 || close_code == 1007 || close_code == 1009;
}

wire::ErrorFrame cancelled(const std::string& message_id) {
  return {"Cancelled", "It was given up before the server had it.", "cancelled", message_id, 0};
}

}  // namespace

TurnMachine::TurnMachine(Link& link, const Clock& clock, TurnOptions options, TurnView& view)
    : clock_(clock),
      options_(std::move(options)),
      view_(view),
      chat_id_(options_.chat_id.empty() ? random_uuid() : options_.chat_id),
      connection_(link, clock, options_.connection, *this) {}

// ---- what the user wants -------------------------------------------------------------------------------------------

void TurnMachine::ask(const std::string& text, const GenerationParameters& parameters) {
  if (trim(text) == kClearText) return clear();
  question_ = Question();
  question_->id = random_uuid();
  question_->frame.text = text;
  question_->frame.parameters = parameters;
  question_->frame.message_id = question_->id;
  question_->frame.separate_reasoning = true;
  question_->frame.timings = options_.timings;
  question_->asked_at = question_->progress_at = clock_.steady_now();
  if (wire::encode(question_->frame).size() > wire::kMaxMessageBytes)
    return fail_turn(
        failure("Invalid input", "The message is longer than 128 KiB, API Gateway's limit.", "invalid_input"));
  pump();
}

void TurnMachine::new_conversation() {
  chat_id_ = random_uuid();
  chat_named_ = false;
  command(Request::kNew, wire::encode(wire::NewConversationFrame{}));
}

void TurnMachine::clear() {
  wire::MessageFrame frame;
  frame.text = kClearText;
  if (chat_named_) frame.chat_id = chat_id_;
  command(Request::kClear, wire::encode(frame));
}

void TurnMachine::history(int limit) {
  command(Request::kHistory, wire::encode(wire::HistoryFrame{limit, std::nullopt}));
}

void TurnMachine::command(Request request, std::string frame) {
  command_ = Command();
  command_->request = request;
  command_->frame = std::move(frame);
  command_->asked_at = clock_.steady_now();
  pump();
}

void TurnMachine::cancel() {
  if (command_ && command_->waited_for) stop_waiting_for_command(cancelled(""));
  if (!question_) return;
  question_->cancel_wanted = true;
  if (!question_->sent || !connection_.is_open()) return abandon_turn(cancelled(question_->id));
  // Before the receipt there may be nothing to cancel yet: `on(Accepted)` sends it then.
  if (question_->acknowledged) send_cancel(question_->foreign_id.empty() ? question_->id : question_->foreign_id);
}

// ---- the connection ------------------------------------------------------------------------------------------------

bool TurnMachine::expects_answer() const {
  return (question_ && question_->sent) || command_awaits();
}

void TurnMachine::on_open(bool again) {
  view_.on_open(again);
  if (const std::string id = std::exchange(abandoned_, {}); !id.empty()) send_cancel(id);
  pump();
}

void TurnMachine::on_lost(const Loss& loss, std::chrono::milliseconds wait) {
  const auto lost = lost_for_good(loss);
  if (command_) command_->sent = false;
  if (question_) question_->sent = question_->await_receipt = false;
  view_.on_lost(loss, wait);
  if (lost) fail_turn(*lost);
}

/// Why the question is not sent again, if so.
std::optional<wire::ErrorFrame> TurnMachine::lost_for_good(const Loss& loss) const {
  if (!question_ || !question_->sent) return std::nullopt;
  if (!question_->acknowledged && refuses_message(loss.close_code))
    return failure("Invalid input", fmt::format("The server refused the message: {}.", loss.cause), "invalid_input");
  if (ids_ == Ids::kForeign)
    return failure("Answer lost", "The connection was lost, and this server does not take up an answer again.",
                   kConnectionLost);
  if (!question_->acknowledged && question_->sends >= kMaxSendsWithoutReceipt)
    return failure("Answer lost",
                   fmt::format("It was asked {} times, and each time the connection was lost.", question_->sends),
                   kConnectionLost);
  return std::nullopt;
}

void TurnMachine::on_end(const Loss& loss) {
  question_.reset();
  command_.reset();
  view_.on_end(loss);
}

// ---- sending -------------------------------------------------------------------------------------------------------

void TurnMachine::pump() {
  if (connection_.is_open()) {
    if (command_ && !command_->sent)
      send_command();
    else if (question_ && !question_->sent && !command_)
      send_question();
  }
  connection_.arm();
}

void TurnMachine::send_command() {
  if (!connection_.send(command_->frame)) return;
  command_->sent = true;
  ++command_->sends;
  command_->sent_at = clock_.steady_now();
}

void TurnMachine::send_question() {
  if (chat_named_) question_->frame.chat_id = chat_id_;
  if (!connection_.send(wire::encode(question_->frame))) return;
  question_->sent = question_->await_receipt = true;
  question_->doubtful_since.reset();
  ++question_->sends;
  question_->sent_at = clock_.steady_now();
}

void TurnMachine::send_cancel(const std::string& message_id) {
  connection_.send(wire::encode(wire::CancelFrame{message_id}));
}

// ---- frames --------------------------------------------------------------------------------------------------------

/// A frame that is unknown, or unreadable, is news from a newer server: it neither ends nor answers anything.
void TurnMachine::on_frame(const std::string& text) {
  std::optional<wire::ServerFrame> frame;
  try {
    frame = wire::parse_server_frame(text);
  } catch (const wire::FrameError&) {
    return;
  }
  std::visit([this](const auto& known) { on(known); }, *frame);
}

TurnMachine::Question* TurnMachine::current(const std::string& message_id) {
  return question_ && question_->sent && question_->is(message_id) ? &*question_ : nullptr;
}

void TurnMachine::take_chat(const std::string& chat_id) {
  if (chat_id.empty()) return;
  chat_id_ = chat_id;
  chat_named_ = true;
}

/// Whether the receipt is for what is asked now. The first one tells whose ids the server takes.
bool TurnMachine::adopt(const wire::Accepted& frame) {
  if (!question_ || !question_->await_receipt) return false;
  if (frame.message_id == question_->id) {
    ids_ = Ids::kOurs;
    return true;
  }
  const bool is_news = !question_->acknowledged && !frame.resumed && !frame.restarted && frame.message_id != last_id_;
  if (ids_ == Ids::kOurs || !is_news) return false;
  ids_ = Ids::kForeign;
  question_->foreign_id = frame.message_id;
  return true;
}

/// Whether the frame is no receipt, but says that the answer that comes begins again, on another node. It may be a
/// receipt that comes late and twice: so nothing is void until a first piece comes.
bool TurnMachine::begins_again(const wire::Accepted& frame) {
  Question* const question = frame.restarted ? current(frame.message_id) : nullptr;
  if (question == nullptr || question->await_receipt) return false;
  question->begins_again = true;
  return true;
}

/// The server is at it, and nothing has failed.
void TurnMachine::wait_on(const wire::Accepted& frame) {
  Question* const question = current(frame.message_id);
  if (question == nullptr) return;
  question->hear(clock_.steady_now());
  if (std::exchange(question->waits_for, frame.waiting) != frame.waiting) view_.on_waiting(frame.waiting);
}

void TurnMachine::on(const wire::Accepted& frame) {
  if (!frame.waiting.empty()) return wait_on(frame);
  if (begins_again(frame) || !adopt(frame)) return;
  question_->await_receipt = false;
  take_chat(frame.chat_id);
  const bool first = !std::exchange(question_->acknowledged, true);
  // An answer that begins again and again without a word is none.
  const bool void_now = frame.restarted && question_->answer.has_text();
  if (first || void_now) question_->progress_at = clock_.steady_now();
  if (first) view_.on_accepted(frame);
  if (frame.restarted)
    restart();
  else if (frame.resumed && question_->answer.has_text())
    view_.on_resumed();
  if (question_->cancel_wanted) send_cancel(frame.message_id);
}

/// The answer begins again, and what was shown of it is void.
void TurnMachine::restart() {
  const bool shown = question_->answer.has_text();
  question_->answer = Answer();
  question_->first_text_at.reset();
  if (shown) view_.on_restarted();
}

void TurnMachine::on(const wire::Chunk& frame) {
  Question* const question = current(frame.message_id);
  if (question == nullptr) return;
  if (std::exchange(question->begins_again, false) && frame.seq == 0) restart();
  question->hear(clock_.steady_now());
  const auto pieces = question->answer.take(frame);
  if (!question->first_text_at && question->answer.has_text()) question->first_text_at = question->progress_at;
  for (const LlmChunk& piece : pieces) view_.on_text(piece);
}

void TurnMachine::on(const wire::Completion& frame) {
  Question* const question = current(frame.message_id);
  if (question == nullptr) return;
  const bool shown = question->answer.has_text();
  const Answer::Ending ending = question->answer.finish(frame);
  if (ending.broken)
    return fail_turn(
        failure("Broken answer", "Pieces of the answer are missing, and it is too long to come again.", "internal"));
  if (ending.anew && shown) view_.on_restarted();
  for (const LlmChunk& piece : ending.rest) view_.on_text(piece);
  const SteadyTime now = clock_.steady_now();
  TurnStats stats;
  stats.ttft = question->first_text_at.value_or(now) - question->asked_at;
  stats.duration = now - question->asked_at;
  stats.usage = frame.usage;
  stats.frames = question->answer.pieces();
  stats.sends = question->sends;
  last_id_ = frame.message_id;
  question_.reset();
  connection_.worked();
  view_.on_completed(frame, stats);
}

void TurnMachine::on(const wire::ErrorFrame& frame) {
  if (current(frame.message_id) != nullptr) return fail_turn(frame);
  if (!frame.message_id.empty()) return;
  may_be_of_what_awaits(frame.received_action) ? fail_what_awaits(frame) : view_.on_notice(frame.title, frame.text);
}

void TurnMachine::on(const wire::Notice& frame) {
  const bool is_new = frame.title == kNewStarted, is_cleared = frame.title == kCleared;
  const bool answers = command_awaits() && ((is_new && command_->request == Request::kNew) ||
                                            (is_cleared && command_->request == Request::kClear));
  // The answer to a frame that was sent again, or that came late, begins no further chat.
  if (is_new && (answers || !chat_named_)) take_chat(frame.chat_id);
  if (!answers) {
    if (!is_new && !is_cleared) view_.on_notice(frame.title, frame.text);
    return;
  }
  const bool waited_for = command_->waited_for;
  command_.reset();
  waited_for ? view_.on_done(frame) : view_.on_notice(frame.title, frame.text);
  pump();
}

void TurnMachine::on(const wire::HistoryPage& frame) {
  if (!command_awaits() || command_->request != Request::kHistory) return;
  command_.reset();
  view_.on_history(frame);
  pump();
}

void TurnMachine::on(const wire::UnknownAction& frame) {
  if (frame.received_action == "ping" || frame.received_action == "cancel") return;
  const std::string cause = frame.cause.empty() ? "This server does not know it." : frame.cause;
  fail_what_awaits(failure("Unknown action", cause, "invalid_message"));
}

void TurnMachine::on(const wire::RoomMessage& frame) {
  view_.on_room_message(frame);
}

void TurnMachine::on(const wire::Presence& frame) {
  view_.on_presence(frame);
}

/// A function behind the gateway failed; which frame it was for, the gateway does not say.
void TurnMachine::on(const wire::GatewayNotice& frame) {
  fail_what_awaits(failure(frame.message,
                           fmt::format("API Gateway answered \"{}\" (request {})", frame.message, frame.request_id),
                           "internal"));
}

// ---- ending --------------------------------------------------------------------------------------------------------

wire::ErrorFrame TurnMachine::failure(std::string title, std::string text, std::string category) const {
  return {std::move(title), std::move(text), std::move(category), question_ ? question_->id : "",
          epoch_ms(clock_.now())};
}

/// A failure without a turn's id is about what was sent and not yet answered; a turn that runs has its id by now.
void TurnMachine::fail_what_awaits(const wire::ErrorFrame& failure) {
  if (command_awaits()) return refuse_command(failure);
  if (question_awaits() && !may_be_doubted(failure)) return fail_turn(failure);
  if (question_awaits()) question_->doubtful_since = clock_.steady_now();
  if (!question_) view_.on_notice(failure.title, failure.text);
}

/// A server that takes our ids names them, unless it fails before it has read the question, or at something else: at a
/// cancellation, at the question before. The question may be well, and asked again it is still one turn.
bool TurnMachine::may_be_doubted(const wire::ErrorFrame& failure) const {
  const bool passes = failure.category == "internal" || failure.category == "rate_limited";
  return passes && may_ask_again() && question_->sends < kMaxSendsWithoutReceipt;
}

void TurnMachine::fail_turn(const wire::ErrorFrame& failure) {
  wire::ErrorFrame told = failure;
  if (told.message_id.empty()) told.message_id = question_->id;
  last_id_ = question_->foreign_id.empty() ? question_->id : question_->foreign_id;
  question_.reset();
  view_.on_failed(told);
}

void TurnMachine::refuse_command(const wire::ErrorFrame& failure) {
  const bool waited_for = command_->waited_for;
  command_.reset();
  waited_for ? view_.on_refused(failure) : view_.on_notice(failure.title, failure.text);
  pump();
}

/// A new chat was wanted, and a new chat it will be: only nobody waits for it any more.
void TurnMachine::stop_waiting_for_command(const wire::ErrorFrame& failure) {
  command_->waited_for = false;
  if (command_->request != Request::kNew) command_.reset();
  view_.on_refused(failure);
}

/// Ends a turn here that the server may still run.
void TurnMachine::abandon_turn(const wire::ErrorFrame& failure) {
  const bool sent_before = question_->sends > 0;
  const std::string id = question_->foreign_id.empty() ? question_->id : question_->foreign_id;
  fail_turn(failure);
  if (!sent_before) return;
  if (connection_.is_open())
    send_cancel(id);
  else
    abandoned_ = id;
}

// ---- time ----------------------------------------------------------------------------------------------------------

std::string TurnMachine::silence() const {
  return fmt::format("Nothing came for {} s.", options_.answer_timeout.count() / 1000);
}

/// Whether asking again is still one turn.
bool TurnMachine::may_ask_again() const {
  return question_ && question_->sent && ids_ == Ids::kOurs;
}

SteadyTime TurnMachine::ask_again_at() const {
  const SteadyTime silent = std::max(question_->progress_at, question_->sent_at) + options_.ask_again_after;
  const bool doubtful = question_->doubtful_since && !question_->acknowledged;
  return doubtful ? std::min(silent, *question_->doubtful_since + kDoubt) : silent;
}

std::optional<SteadyTime> TurnMachine::due() const {
  SteadyTime due = SteadyTime::max();
  if (command_ && command_->waited_for) due = command_->asked_at + options_.answer_timeout;
  if (command_awaits()) due = std::min(due, command_->sent_at + options_.command_timeout);
  if (question_) due = std::min(due, question_->progress_at + options_.answer_timeout);
  if (may_ask_again()) due = std::min(due, ask_again_at());
  return due == SteadyTime::max() ? std::nullopt : std::optional(due);
}

void TurnMachine::on_due() {
  const SteadyTime now = clock_.steady_now();
  look_after_command(now);
  look_after_question(now);
}

void TurnMachine::look_after_command(SteadyTime now) {
  if (command_ && command_->waited_for && now >= command_->asked_at + options_.answer_timeout)
    stop_waiting_for_command(failure("No answer", silence(), kNoAnswer));
  if (!command_awaits() || now < command_->sent_at + options_.command_timeout) return;
  if (command_->sends < kMaxCommandSends) return send_command();
  refuse_command(failure("No answer", fmt::format("It was sent {} times.", command_->sends), kNoAnswer));
}

void TurnMachine::look_after_question(SteadyTime now) {
  if (!question_) return;
  if (now >= question_->progress_at + options_.answer_timeout)
    return abandon_turn(failure("No answer", silence(), kNoAnswer));
  if (may_ask_again() && now >= ask_again_at()) send_question();
}

}  // namespace wsdeep::session
