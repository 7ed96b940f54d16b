#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "base/clock.h"
#include "load/drive/chat_session.h"
#include "net/event_loop.h"
#include "session/back_off.h"

namespace wsdeep::load {

/// The sessions of one loop, by their numbers. Belongs to the loop's thread.
class ChatShard final : private ChatSession::Owner {
 public:
  /// Called from the loop's thread.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_open(std::uint64_t session) = 0;
    virtual void on_idle(std::uint64_t session) = 0;
    virtual void on_text(std::uint64_t index, Micros at) = 0;
    virtual void on_turn(EndedTurn turn) = 0;
    /// Its connection is over, or could not be opened. True: it is to be opened again.
    virtual bool on_lost(const ConnectionRecord& connection, const session::Loss& loss) = 0;
  };

  /// `opens_per_second`: this loop's share of the rate at which the pool is opened.
  ChatShard(net::EventLoop& loop, ChatPlan& plan, double opens_per_second, Owner& owner);

  /// Opens a session of the pool when it is its turn.
  void open(std::uint64_t session);
  /// Opens one at once, for this turn.
  void open_for(std::uint64_t session, const Arrival& arrival);
  /// False: the session cannot take the turn any more.
  bool begin(std::uint64_t session, const Arrival& arrival);
  void close();
  /// Lets go of all. `each` gets what is known of those that have not closed.
  template <typename Each>
  void clear(const Each& each) {
    for (const auto& [number, slot] : slots_)
      if (slot.session) each(slot.session->connection());
    slots_.clear();
    rounds_ = {};
  }

 private:
  /// A session through all its connections.
  struct Slot {
    std::shared_ptr<ChatSession> session;
    session::BackOff back_off;
  };

  void on_open(ChatSession& session) override;
  void on_idle(ChatSession& session) override { owner_.on_idle(session.number()); }
  void on_text(std::uint64_t index, Micros at) override { owner_.on_text(index, at); }
  void on_turn(EndedTurn turn) override { owner_.on_turn(std::move(turn)); }
  void on_gone(ChatSession& session, const session::Loss& loss) override;
  void open_again(const ConnectionRecord& lost);
  void open_paced(ConnectionRecord connection, std::chrono::nanoseconds delay);
  ChatSession& place(const ConnectionRecord& connection);

  net::EventLoop& loop_;
  ChatPlan& plan_;
  const std::chrono::nanoseconds gap_;  ///< between two openings
  Owner& owner_;
  SteadyTime next_opening_;
  std::unordered_map<std::uint64_t, Slot> slots_;
  net::EventLoop::Subscription rounds_;
};

}  // namespace wsdeep::load
