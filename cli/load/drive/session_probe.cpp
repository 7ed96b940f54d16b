#include "load/drive/session_probe.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.h"

namespace wsdeep::load {
namespace {

/// One connection that is closed as soon as it stands.
class Probe final : private StageConnection::Owner {
 public:
  Probe(net::EventLoop& loop, const StageAccess& access) : connection_(loop, access, {}, *this) { connection_.open(); }

  struct End {
    bool opened = false;
    session::Loss loss;
  };
  /// Nothing: `stop` came first.
  std::optional<End> wait(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    over_.wait(lock, stop, [this] { return end_.has_value(); });
    return end_;
  }

 private:
  void on_opened() override { connection_.close(); }
  void on_message(std::string, bool, Micros) override {}
  void on_closed(const ConnectionRecord& record, const session::Loss& loss) override {
    const std::lock_guard lock(mutex_);
    end_ = End{record.opened != kNever, loss};
    over_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable_any over_;
  std::optional<End> end_;
  StageConnection connection_;
};

Error probe_fault(const session::Loss& loss) {
  const bool refused = loss.status == 401 || loss.status == 403;
  const std::string hint =
      loss.hint.empty() && loss.status == 0
          ? "one was tried, before any load: see that the target is up and can be reached from here"
          : loss.hint;
  return {refused ? ErrorKind::kRefused : ErrorKind::kFailure, "cannot open a session: " + loss.cause, hint};
}

}  // namespace

void probe_session(LoopThreads& loops, const StageAccess& access, const std::stop_token& stop) {
  std::unique_ptr<Probe> probe;
  loops.run_on(0, [&] { probe = std::make_unique<Probe>(loops.loop(0), access); });
  const auto end = probe->wait(stop);
  loops.run_on(0, [&] { probe.reset(); });
  if (!end) throw Error(ErrorKind::kInterrupted, "interrupted before the run began");
  if (!end->opened) throw probe_fault(end->loss);
}

}  // namespace wsdeep::load
