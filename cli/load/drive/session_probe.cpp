#include "load/drive/session_probe.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "session/connection.h"

namespace wsdeep::load {
namespace {

/// One connection that is closed as soon as it stands.
class Probe final : private session::Connection::Owner {
 public:
  Probe(net::EventLoop& loop, const SessionAccess& access)
      : link_(loop, access.endpoint, access.token_of(0)), connection_(link_, clock_, {.reconnect = false}, *this) {}

  void start() { connection_.start(); }
  /// Nothing: `stop` came first.
  std::optional<session::Loss> wait(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    over_.wait(lock, stop, [this] { return loss_.has_value(); });
    return loss_;
  }
  bool opened() const { return opened_; }

 private:
  std::string chat_id() const override { return {}; }
  bool expects_answer() const override { return false; }
  void on_open(bool) override {
    opened_ = true;
    connection_.close();
  }
  void on_frame(const std::string&) override {}
  void on_lost(const session::Loss& loss, std::chrono::milliseconds) override {
    over(loss);
    connection_.close();
  }
  void on_end(const session::Loss& loss) override { over(loss); }

  /// Only the first counts: what comes after our own closing says nothing.
  void over(const session::Loss& loss) {
    const std::lock_guard lock(mutex_);
    if (!loss_) loss_ = loss;
    over_.notify_all();
  }

  const SystemClock clock_;
  std::mutex mutex_;
  std::condition_variable_any over_;
  std::optional<session::Loss> loss_;
  bool opened_ = false;
  session::LoopLink link_;
  session::Connection connection_;
};

Error probe_fault(const session::Loss& loss) {
  const bool refused = loss.status == 401 || loss.status == 403;
  return {refused ? ErrorKind::kRefused : ErrorKind::kFailure, "cannot open a session: " + loss.cause, loss.hint};
}

}  // namespace

void probe_session(LoopThreads& loops, const SessionAccess& access, const std::stop_token& stop) {
  std::unique_ptr<Probe> probe;
  loops.run_on(0, [&] {
    probe = std::make_unique<Probe>(loops.loop(0), access);
    probe->start();
  });
  const std::optional<session::Loss> loss = probe->wait(stop);
  bool opened = false;
  loops.run_on(0, [&] {
    opened = probe->opened();
    probe.reset();
  });
  if (!loss) throw Error(ErrorKind::kInterrupted, "interrupted before the run began");
  if (!opened) throw probe_fault(*loss);
}

}  // namespace wsdeep::load
