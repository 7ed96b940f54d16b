#include "load/drive/clock_watch.h"

#include <chrono>
#include <stop_token>

#include "base/error.h"
#include "llm/client/client.h"
#include "load/drive/background_rounds.h"

namespace wsdeep::load {
namespace {

constexpr std::chrono::seconds kAskEvery{5};
constexpr std::chrono::seconds kAskPatience{2};
/// In a round: the first may open the connection, and one of several is quick.
constexpr int kQuestions = 4;

Micros monotonic_micros() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

/// One address. One that does not answer leaves a gap, in which nothing is split; FleetWatch and the turns tell of it.
class ClockWatch::Asked {
 public:
  Asked(const llm::ClientTarget& target, ClockOffsets& offsets)
      : client_(target), offsets_(offsets), rounds_(kAskEvery, [this](const std::stop_token& stop) { ask(stop); }) {}

 private:
  void ask(const std::stop_token& stop) {
    for (int i = 0; i < kQuestions && !stop.stop_requested(); ++i)
      if (!ask_once()) return;
  }
  bool ask_once() {
    try {
      ClockSample sample;
      sample.sent = monotonic_micros();
      const llm::NodeHealth health = client_.health(kAskPatience);
      sample.received = monotonic_micros();
      if (!health.clock_received_us || !health.clock_sent_us) return false;
      sample.node_received = *health.clock_received_us;
      sample.node_sent = *health.clock_sent_us;
      return offsets_.add(health.node_id, sample);
    } catch (const Error&) {
      return false;
    }
  }

  llm::Client client_;
  ClockOffsets& offsets_;
  BackgroundRounds rounds_;
};

ClockWatch::ClockWatch(const std::vector<llm::ClientTarget>& nodes) {
  for (llm::ClientTarget node : nodes) {
    node.cancel = stop_.get_token();
    asked_.push_back(std::make_unique<Asked>(node, offsets_));
  }
}

ClockWatch::~ClockWatch() {
  stop();
}

void ClockWatch::stop() {
  stop_.request_stop();
  asked_.clear();
}

}  // namespace wsdeep::load
