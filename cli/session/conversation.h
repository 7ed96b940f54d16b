#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "net/event_loop.h"
#include "session/chat_session.h"
#include "session/reasoning.h"
#include "wire/chat_frames.h"

namespace wsdeep::session {

/// What a finished turn took, as its reader saw it.
struct TurnStats {
  std::chrono::nanoseconds ttft{0};  ///< from sending to the first text
  std::chrono::nanoseconds duration{0};
  std::int64_t tokens = 0;  ///< completion tokens, as the node counted
  std::int64_t prompt_tokens = 0;
  std::int64_t frames = 0;

  /// From the first text on; 0 when that is too short to say.
  double tokens_per_second() const;
};

/// `TTFT 152ms · 48 tokens · 49.1 tokens/s · 1.1s`
std::string describe(const TurnStats& stats);

/// Who looks at a conversation. All calls on the loop's thread.
class ConversationView {
 public:
  virtual ~ConversationView() = default;
  virtual void on_accepted(const wire::Accepted& frame) = 0;
  virtual void on_text(const Passage& passage) = 0;
  virtual void on_completed(const wire::Completion& frame, const TurnStats& stats) = 0;
  /// `ends_turn`: the running turn failed or was cancelled; else the request that was sent was refused.
  virtual void on_error(const wire::ErrorFrame& frame, bool ends_turn) = 0;
  virtual void on_notice(const std::string& title, const std::string& text) = 0;
  virtual void on_history(const wire::HistoryPage& page) = 0;
  virtual void on_connected(bool again) = 0;
  /// `turn_lost`: an answer was under way, and will not come any more.
  virtual void on_lost(const Loss& loss, std::chrono::milliseconds wait, bool turn_lost) = 0;
  virtual void on_end(const Loss& loss) = 0;
};

/// One turn at a time over a session: sends questions, follows the frames of the answer, checks that no chunk is
/// missing, and measures. Belongs to the loop's thread.
class Conversation {
 public:
  Conversation(net::EventLoop& loop, SessionOptions options, std::function<std::string()> token, const Clock& clock,
               ConversationView& view);

  void ask(const std::string& text, const GenerationParameters& parameters);
  /// Asks the service to stop the running answer.
  void cancel();
  void new_conversation();
  void history(int limit);
  void close() { session_.close(); }
  bool answering() const { return turn_.has_value(); }

 private:
  struct Turn {
    std::string message_id;
    SteadyTime asked_at;
    std::optional<SteadyTime> first_text_at;
    std::int64_t next_seq = 0;
    ReasoningSplitter splitter;
  };

  void on_frame(const std::string& text);
  void on(const wire::Accepted& frame);
  void on(const wire::Chunk& frame);
  void on(const wire::Completion& frame);
  void on(const wire::ErrorFrame& frame);
  void on(const wire::Notice& frame);
  void on(const wire::HistoryPage& frame);
  void on(const wire::Pong&) {}
  void on(const wire::UnknownAction& frame);
  void on(const wire::RoomMessage& frame);
  void on(const wire::GatewayNotice& frame);
  void fail_turn(const std::string& title, const std::string& text, const std::string& category);
  bool is_current(const std::string& message_id) const { return turn_ && turn_->message_id == message_id; }

  const Clock& clock_;
  ConversationView& view_;
  std::optional<Turn> turn_;
  ChatSession session_;
};

}  // namespace wsdeep::session
