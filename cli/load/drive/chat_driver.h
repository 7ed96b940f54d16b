#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "load/drive/cancel_effect.h"
#include "load/drive/chat_session.h"
#include "load/drive/chat_shard.h"
#include "load/drive/driver.h"
#include "load/drive/fleet_watch.h"
#include "load/drive/loop_threads.h"
#include "load/drive/session_pool.h"
#include "load/drive/session_users.h"
#include "load/measure/driver_figures.h"
#include "load/measure/session_figures.h"
#include "load/plan/prompts.h"
#include "load/turn/run_clock.h"
#include "session/loop_link.h"

namespace wsdeep::load {

struct ChatOptions {
  session::Endpoint endpoint;
  std::size_t sessions = 1;           ///< opened before the run, and again when they are lost
  double open_rate = 100;             ///< of those, a second; API Gateway takes 500 new connections a second
  std::size_t max_sessions = 10'000;  ///< open and being opened
  bool timings = false;               ///< ask when each token was generated
  std::chrono::milliseconds answer_timeout{120'000};              ///< a turn of which so long nothing is heard failed
  std::chrono::milliseconds keep_alive{std::chrono::minutes(4)};  ///< a ping after so much silence from our side
  std::size_t threads = LoopThreads::default_count();             ///< event loops
  FleetWatchOptions watch{};  ///< its nodes are asked what cancelled turns left, too
};

/// Chat turns over authenticated WebSocket sessions, one chat each. An arrival takes the session that has been idle for
/// longest; where none is, another one is opened, and what that takes is in the turn's latency. A connection that is
/// lost ends its turn (the session machine of `wsdeep chat` would take it up again; a load test is to see the loss),
/// and the pool gets another one.
class ChatDriver final : public Driver, private ChatShard::Owner {
 public:
  /// All but the options outlive it. The sink is called from the loops' threads.
  ChatDriver(const ChatOptions& options, const RunClock& clock, const PromptSource& prompts, SessionUsers& users,
             RecordSink& sink);
  ~ChatDriver() override;
  ChatDriver(const ChatDriver&) = delete;
  ChatDriver& operator=(const ChatDriver&) = delete;

  /// Opens the pool. Throws Error when not one session could be opened.
  void prepare(const std::stop_token& stop) override;
  void begin(const Arrival& arrival) override;
  void finish(std::chrono::milliseconds patience, const std::stop_token& stop) override;
  std::size_t in_flight() const override;
  DriverNow now() const override;
  std::vector<OpenTurn> open_turns() const override;
  std::vector<Post> loops() override { return threads_.posts(); }
  DriverFigures figures(const Window& measured) const override;
  SessionFigures counts() const;

 private:
  void on_open(std::uint64_t session) override;
  void on_idle(std::uint64_t session) override { pool_.put_idle(session); }
  void on_text(std::uint64_t index, Micros at) override;
  void on_turn(EndedTurn turn) override;
  bool on_lost(const ConnectionRecord& connection, const session::Loss& loss) override;

  void place(const Arrival& arrival);
  bool is_closing() const;
  void tell_unsent(const Arrival& arrival, ChatEnding ending);
  void turn_over(std::uint64_t index);
  void tried(std::uint64_t session);
  void stop_loops();
  /// Runs `work` with the shard of this session, on its loop.
  template <typename Work>
  void on_shard(std::uint64_t session, Work work);

  const ChatOptions options_;
  RecordSink& sink_;
  ChatPlan plan_;
  SessionPool pool_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<std::uint64_t> untried_;  ///< sessions of the pool of which it is not known whether they can be opened
  std::optional<session::Loss> first_failure_;
  SessionFigures counts_;
  std::size_t open_ = 0;                                   ///< connections
  std::unordered_map<std::uint64_t, OpenTurn> in_flight_;  ///< by index
  bool finishing_ = false;                                 ///< what is lost is not replaced any more
  bool closing_ = false;                                   ///< nor is a turn placed

  std::optional<FleetWatch> fleet_;            ///< once prepared
  std::atomic<bool> is_fleet_watched_{false};  ///< it is there, and may be asked
  std::optional<CancelEffect> effect_;         ///< where there are nodes to be asked

  LoopThreads threads_;
  std::vector<std::unique_ptr<ChatShard>> shards_;
};

}  // namespace wsdeep::load
