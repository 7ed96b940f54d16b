#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "load/drive/stage_connection.h"
#include "load/turn/run_clock.h"
#include "load/turn/turn_record.h"
#include "net/event_loop.h"
#include "session/loop_link.h"
#include "session/turn_machine.h"

namespace wsdeep::load {

/// How a session is held open.
struct HoldManner {
  std::chrono::milliseconds keep_alive{std::chrono::minutes(4)};  ///< a ping of the chat's after so much silence
  bool silent = false;  ///< nothing is sent, and a session that ends stays ended: shows the peer's limit on idle ones
  double (*random)() = random_unit;  ///< of the back-off
};

/// One session that is opened, held, and opened again when it is lost, as `wsdeep chat` does it: the same machine, the
/// same back-off. All of it on its loop's thread.
class HeldSession final : private session::QuietView {
 public:
  /// Who is told. None of these may destroy the session.
  class Keeper {
   public:
    virtual ~Keeper() = default;
    /// How the first attempt to open it went; `failure` is null when it is open.
    virtual void on_first(const ConnectionRecord& attempt, TurnEnd how, const session::Loss* failure) = 0;
    /// A connection is open, the first one or one after a loss.
    virtual void on_opened() = 0;
    /// A connection has ended, or an attempt to open one.
    virtual void on_connection(const ConnectionRecord& connection) = 0;
    /// A question that was under way when this storm came has ended.
    virtual void on_storm_turn(std::size_t storm, bool answered) = 0;
    /// The last call.
    virtual void on_gone() = 0;
  };

  HeldSession(net::EventLoop& loop, const StageAccess& access, std::uint64_t session, const HoldManner& manner,
              Keeper& keeper);

  void open(Micros intended);
  /// Asks a question for the next storm to come upon, when it is open and nothing is asked.
  void ask(const std::string& text);
  /// Loses the connection, if it is open. True when that came upon a question that no storm before had come upon.
  bool lose(std::size_t storm);
  /// Ends it for good; `on_gone` follows.
  void close();

 private:
  void on_open(bool again) override;
  void on_completed(const wire::Completion& frame, const session::TurnStats& stats) override;
  void on_failed(const wire::ErrorFrame& failure) override;
  void on_lost(const session::Loss& loss, std::chrono::milliseconds wait) override;
  void on_end(const session::Loss& loss) override;

  void note_times();
  void tell_end(const session::Loss& loss);
  void tell_failure(const session::Loss& loss);
  void tell_storm_turn(bool answered);
  std::string reason_of(const session::Loss& loss) const;

  session::TokenSource sign_in(SessionUsers& users);

  const std::uint64_t session_;
  const RunClock& run_clock_;
  Keeper& keeper_;
  const SystemClock clock_;
  std::optional<ConnectionRecord> present_;   ///< what is open or being opened, and has not been told
  std::optional<std::size_t> storm_on_turn_;  ///< which one came upon the question that is under way
  bool closing_ = false;
  /// What the present attempt's sign-in took; written on a thread that may outlive this.
  std::shared_ptr<std::atomic<Micros>> sign_in_us_ = std::make_shared<std::atomic<Micros>>(kNever);
  session::LoopLink link_;
  session::TurnMachine machine_;
};

}  // namespace wsdeep::load
