#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "load/drive/driver.h"
#include "load/drive/held_session.h"
#include "load/drive/loop_threads.h"
#include "load/drive/stage_connection.h"
#include "load/measure/connections.h"
#include "load/turn/run_clock.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

struct ConnectOptions {
  session::Endpoint endpoint;
  HoldManner manner{};
  /// While they are held all sessions are lost at once, each time after so long.
  std::optional<std::chrono::milliseconds> storm_every{};
  std::string storm_question{};  ///< asked in every session shortly before a storm; empty: none
};

/// Opens sessions and holds them: its turn is to open one. Nobody answers; a session is open or it is not.
class ConnectDriver final : public Driver, private HeldSession::Keeper {
 public:
  /// All but the options outlive it. The sink is called from the loops' threads.
  ConnectDriver(ConnectOptions options, const RunClock& clock, SessionUsers& users, RecordSink& sink);
  ~ConnectDriver() override;

  /// Opens one session and closes it again, so that a wrong target is told before any load.
  void prepare(const std::stop_token& stop) override;
  void begin(const Arrival& arrival) override;
  /// From the moment when each arrival has got its session, or has failed to. With the storms.
  void hold(std::chrono::milliseconds time, const std::stop_token& stop) override;
  void finish(std::chrono::milliseconds patience, const std::stop_token& stop) override;
  std::size_t in_flight() const override;
  DriverNow now() const override;
  std::vector<Post> loops() override { return loops_.posts(); }

  DriverFigures figures(const Window& measured) const override;

 private:
  /// The sessions of one loop: on its thread only.
  using Shelf = std::vector<std::unique_ptr<HeldSession>>;

  void on_first(const ConnectionRecord& attempt, TurnEnd how, const session::Loss* failure) override;
  void on_opened() override;
  void on_connection(const ConnectionRecord& connection) override;
  void on_storm_turn(std::size_t storm, bool answered) override;
  void on_gone() override;

  void place(std::uint64_t session, const Arrival& arrival);
  /// On their loops; does not wait.
  void for_each_session(const std::function<void(HeldSession&)>& work);
  void storm();
  void close_all();
  void wait_for_settled(std::chrono::milliseconds patience, const std::stop_token& stop);

  const ConnectOptions options_;
  const StageAccess access_;
  RecordSink& sink_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Arrival> arrivals_;  ///< by session
  std::size_t settled_ = 0;        ///< first attempts that are over
  std::size_t gone_ = 0;           ///< sessions that are
  SessionsNow sessions_;           ///< but for the storms
  std::vector<ConnectionRecord> records_;
  std::vector<StormMark> storms_;

  LoopThreads loops_;
  std::vector<Shelf> shelves_;  ///< one for each loop
};

}  // namespace wsdeep::load
