#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "session/connection.h"
#include "wire/chat_frames.h"

namespace wsdeep::session {

struct RoomOptions {
  std::string room = "lobby";
  ConnectionOptions connection{};
  int earlier = 20;                                   ///< messages of before to show at first
  std::chrono::milliseconds ask_again_after{30'000};  ///< a frame may be lost on the server's side
};

/// What somebody said, now or before this client came.
struct RoomSaid {
  std::string sender;  ///< a user's id; empty: the model
  std::string name;
  std::string text;
  std::int64_t timestamp_ms = 0;
  bool earlier = false;
  bool to_me = false;  ///< to this user alone
};

/// What a room's client sees, on the machine's thread.
class RoomView {
 public:
  virtual ~RoomView() = default;
  virtual void on_said(const RoomSaid& said) = 0;
  virtual void on_presence(const wire::Presence& presence) = 0;
  /// A piece of the model's answer; it is over with on_answered.
  virtual void on_text(const std::string& text) = 0;
  /// It begins again: the text so far is not part of it.
  virtual void on_text_restarted() = 0;
  /// `remark`: why it is not whole; empty: it is.
  virtual void on_answered(const std::string& remark) = 0;
  /// What was said has arrived; `words` say where.
  virtual void on_sent(const std::string& words) = 0;
  /// What this client said was not taken, or its question to the model failed before the first word.
  virtual void on_refused(const wire::ErrorFrame& failure) = 0;
  /// The same of somebody else's question.
  virtual void on_other_failed(const wire::ErrorFrame& failure) = 0;
  virtual void on_open(bool again) = 0;
  virtual void on_lost(const Loss& loss, std::chrono::milliseconds wait) = 0;
  /// The last call.
  virtual void on_end(const Loss& loss) = 0;
};

/// One user in one room, over any number of connections: joins it on each, shows what was missed between them, each
/// message once, and sends what is to be said one after the other until it is acknowledged. Belongs to its link's
/// thread.
class RoomMachine final : private Connection::Owner {
 public:
  RoomMachine(Link& link, const Clock& clock, const RoomOptions& options, RoomView& view);

  void start() { connection_.start(); }
  /// To the room, or to one user.
  void say(std::string text, std::string recipient = "all");
  void who();
  /// Stops the model's answer.
  void cancel();
  bool is_answering() const { return !answering_.empty(); }
  /// Whether all that was to be said has been acknowledged, or refused.
  bool is_silent() const { return outbox_.empty(); }
  void close() { connection_.close(); }

 private:
  struct Saying {
    wire::RoomFrame frame;
    int sends = 0;
    SteadyTime sent_at{};
  };

  // ---- Connection::Owner ----
  std::string chat_id() const override { return {}; }
  bool expects_answer() const override { return !joined_ || history_sent_ || is_in_flight(); }
  void on_open(bool again) override;
  void on_frame(const std::string& frame) override;
  void on_lost(const Loss& loss, std::chrono::milliseconds wait) override;
  void on_end(const Loss& loss) override { view_.on_end(loss); }
  std::optional<SteadyTime> due() const override;
  void on_due() override;
  std::optional<SteadyTime> front_due() const;
  std::optional<SteadyTime> history_due() const;
  void on_front_due();

  bool is_in_flight() const { return !outbox_.empty() && outbox_.front().sends > 0; }
  bool is_front_itself(const std::string& message_id) const;
  void ask_in();
  void ask_history();
  void forget_asked();
  void pump();
  void hold(const wire::ErrorFrame& frame);
  void send_front();
  void said(bool earlier, const wire::StoredMessage& message);
  bool is_new(const std::string& message_id, std::string_view role);

  void on(const wire::Presence& frame);
  void on(const wire::HistoryPage& frame);
  void on(const wire::RoomMessage& frame);
  void on(const wire::Chunk& frame);
  void on(const wire::Completion& frame);
  void on(const wire::ErrorFrame& frame);
  void on(const wire::Notice& frame);
  void on(const wire::Accepted& frame);
  void on(const wire::UnknownAction& frame);
  void on(const wire::GatewayNotice& frame);
  void on(const wire::Pong&) {}
  void end_answer(const std::string& remark);

  const RoomOptions options_;
  const Clock& clock_;
  RoomView& view_;
  std::deque<Saying> outbox_;                     ///< the first is in flight, once it was sent
  std::set<std::string, std::less<>> questions_;  ///< ids of what it has asked the model and got no answer to
  std::optional<SteadyTime> hold_until_;          ///< the room takes no more of this user until then
  std::deque<std::string> seen_order_;
  std::set<std::string, std::less<>> seen_;
  std::string answering_;  ///< the message that the model answers; empty: none
  std::int64_t next_seq_ = 0;
  bool joined_ = false;
  std::optional<SteadyTime> join_sent_;     ///< on this connection, and not answered
  std::optional<SteadyTime> history_sent_;  ///< likewise
  bool caught_up_ = false;                  ///< once, on some connection
  Connection connection_;                   // last: it calls back
};

}  // namespace wsdeep::session
