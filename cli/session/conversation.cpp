#include "session/conversation.h"

#include <fmt/format.h>

namespace wsdeep::session {

double TurnStats::tokens_per_second() const {
  const double seconds = std::chrono::duration<double>(duration - ttft).count();
  return tokens > 1 && seconds > 0.001 ? static_cast<double>(tokens - 1) / seconds : 0;
}

std::string describe(const TurnStats& stats) {
  std::string text = fmt::format("TTFT {} · {} tokens", human_duration(stats.ttft), stats.tokens);
  if (stats.tokens_per_second() > 0) text += fmt::format(" · {:.1f} tokens/s", stats.tokens_per_second());
  return text + " · " + human_duration(stats.duration);
}

Conversation::Conversation(net::EventLoop& loop, SessionOptions options, std::function<std::string()> token,
                           const Clock& clock, ConversationView& view)
    : clock_(clock),
      view_(view),
      session_(loop, std::move(options), std::move(token),
               {.on_open = [this](bool again) { view_.on_connected(again); },
                .on_frame = [this](const std::string& frame) { on_frame(frame); },
                .on_lost =
                    [this](const Loss& loss, std::chrono::milliseconds wait) {
                      // A question that was not acknowledged may still be in the session's queue; an answer that had
                      // begun was for the old connection, and the node was stopped with it.
                      const bool lost = turn_ && !turn_->message_id.empty();
                      if (lost) turn_.reset();
                      view_.on_lost(loss, wait, lost);
                    },
                .on_end = [this](const Loss& loss) { view_.on_end(loss); }}) {}

void Conversation::ask(const std::string& text, const GenerationParameters& parameters) {
  turn_.emplace();
  turn_->asked_at = clock_.steady_now();
  wire::MessageFrame frame;
  frame.text = text;
  frame.parameters = parameters;
  session_.send(wire::encode(frame));
}

void Conversation::cancel() {
  wire::CancelFrame frame;
  if (turn_ && !turn_->message_id.empty()) frame.message_id = turn_->message_id;
  session_.send(wire::encode(frame));
}

void Conversation::new_conversation() {
  session_.send(wire::encode(wire::NewConversationFrame{}));
}

void Conversation::history(int limit) {
  session_.send(wire::encode(wire::HistoryFrame{limit, std::nullopt}));
}

void Conversation::on_frame(const std::string& text) {
  try {
    std::visit([this](const auto& frame) { on(frame); }, wire::parse_server_frame(text));
  } catch (const wire::FrameError& error) {
    view_.on_notice("unreadable frame", error.what());
  }
}

void Conversation::on(const wire::Accepted& frame) {
  if (turn_ && turn_->message_id.empty()) turn_->message_id = frame.message_id;
  view_.on_accepted(frame);
}

void Conversation::on(const wire::Chunk& frame) {
  if (!is_current(frame.message_id)) return;
  if (frame.seq != turn_->next_seq)
    return fail_turn("Broken answer", fmt::format("piece {} of the answer is missing", turn_->next_seq), "internal");
  ++turn_->next_seq;
  if (!turn_->first_text_at && !frame.text.empty()) turn_->first_text_at = clock_.steady_now();
  for (const Passage& passage : turn_->splitter.feed(frame.text)) view_.on_text(passage);
}

void Conversation::on(const wire::Completion& frame) {
  if (!is_current(frame.message_id)) return;
  for (const Passage& passage : turn_->splitter.finish()) view_.on_text(passage);
  const SteadyTime now = clock_.steady_now();
  TurnStats stats;
  stats.ttft = turn_->first_text_at.value_or(now) - turn_->asked_at;
  stats.duration = now - turn_->asked_at;
  stats.tokens = frame.usage.completion_tokens;
  stats.prompt_tokens = frame.usage.prompt_tokens;
  stats.frames = turn_->next_seq;
  turn_.reset();
  view_.on_completed(frame, stats);
}

void Conversation::on(const wire::ErrorFrame& frame) {
  const bool ends_turn = turn_ && (frame.message_id.empty() || frame.message_id == turn_->message_id);
  if (ends_turn) turn_.reset();
  view_.on_error(frame, ends_turn);
}

void Conversation::on(const wire::Notice& frame) {
  // `/clear` is sent as a message and answered with a notice: that turn has no answer.
  if (turn_ && turn_->message_id.empty()) turn_.reset();
  view_.on_notice(frame.title, frame.text);
}

void Conversation::on(const wire::HistoryPage& frame) {
  view_.on_history(frame);
}

void Conversation::on(const wire::UnknownAction& frame) {
  view_.on_notice("unknown action", frame.cause.empty() ? frame.received_action : frame.cause);
}

void Conversation::on(const wire::RoomMessage& frame) {
  view_.on_notice(frame.sender, frame.content);
}

void Conversation::on(const wire::GatewayNotice& frame) {
  fail_turn(frame.message, fmt::format("API Gateway answered \"{}\" (request {})", frame.message, frame.request_id),
            "internal");
}

void Conversation::fail_turn(const std::string& title, const std::string& text, const std::string& category) {
  const bool ends_turn = turn_.has_value();
  const std::string message_id = ends_turn ? turn_->message_id : "";
  turn_.reset();
  view_.on_error({title, text, category, message_id, epoch_ms(clock_.now())}, ends_turn);
}

}  // namespace wsdeep::session
