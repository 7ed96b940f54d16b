#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "load/drive/chat_turn.h"
#include "load/drive/stage_connection.h"
#include "load/plan/prompts.h"
#include "load/turn/arrival.h"
#include "net/event_loop.h"

namespace wsdeep::load {

/// What all sessions of a run share. Outlives them.
struct ChatPlan {
  StageAccess access;
  const PromptSource& prompts;
  std::string run_id;  ///< random: no turn of this run is taken for one of another
  bool timings = false;
  std::chrono::milliseconds answer_timeout{120'000};
  std::chrono::milliseconds keep_alive{std::chrono::minutes(4)};  ///< API Gateway ends connections that idle 10 minutes
  std::atomic<std::uint64_t> conversations = 0;
};

/// One session: a connection, and on it one conversation after the other, a turn at a time. A lost connection ends the
/// turn that is under way: there is no taking up again in a load test. Belongs to its loop's thread.
class ChatSession final : private StageConnection::Owner {
 public:
  /// None of these may destroy the session.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// It can take a turn, from now on.
    virtual void on_idle(ChatSession& session) = 0;
    /// Its connection is open; called after `on_idle`.
    virtual void on_open(ChatSession& session) = 0;
    /// The first text of the turn with this index came.
    virtual void on_text(std::uint64_t index, Micros at) = 0;
    virtual void on_turn(EndedTurn turn) = 0;
    /// The last call.
    virtual void on_gone(ChatSession& session, const session::Loss& loss) = 0;
  };

  ChatSession(net::EventLoop& loop, ChatPlan& plan, const ConnectionRecord& connection, Owner& owner)
      : loop_(loop), plan_(plan), owner_(owner), connection_(loop, plan.access, connection, *this) {}

  void open(std::chrono::nanoseconds delay = {});
  /// Sends the turn of this arrival, when it is open. False: it cannot take one any more.
  bool begin(const Arrival& arrival);
  /// What time brings: a ping on an idle connection, the end of a turn that nobody answers.
  void look_around(Micros now);
  /// Ends it; a turn that is under way is told as unfinished. `on_gone` follows.
  void close();
  std::uint64_t number() const { return connection_.record().session; }
  /// As it stands, with the frames so far that belong to no turn.
  ConnectionRecord connection() const;

 private:
  enum class State { kOpening, kIdle, kAnswering, kRenewing, kClosing };

  void on_opened() override;
  void on_message(std::string message, bool binary, Micros at) override;
  void on_closed(const ConnectionRecord& record, const session::Loss& loss) override;

  ChatTurn new_turn(const Arrival& arrival);
  std::string question(const Arrival& arrival, const std::string& id) const;
  void send_turn();
  void cancel_turn();
  void read_turn(const wire::ServerFrame& frame, Micros at);
  void read_between(const wire::ServerFrame& frame);
  void end_turn();
  void renew();
  void rest();
  void retire();
  void send(std::string frame);

  net::EventLoop& loop_;
  ChatPlan& plan_;
  Owner& owner_;
  State state_ = State::kOpening;
  StageConnection connection_;
  std::optional<Arrival> arrival_;  ///< of the turn that waits for the connection
  std::optional<ChatTurn> turn_;
  FrameCount between_;  ///< frames since the last turn
  Micros last_sent_ = 0;
  std::uint64_t conversation_ = 0;
  int turns_ = 0;  ///< of the conversation, done and under way
  std::string last_node_;
  bool cancel_wanted_ = false;
  net::EventLoop::Subscription alarm_;  ///< the opening that waits, or the cancel that is to come
};

}  // namespace wsdeep::load
