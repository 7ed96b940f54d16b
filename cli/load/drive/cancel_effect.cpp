#include "load/drive/cancel_effect.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace wsdeep::load {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kInterval{50};
constexpr milliseconds kPollPatience{1000};
constexpr std::chrono::seconds kEffectPatience{5};
/// As many as a node answers for at a time.
constexpr std::size_t kMostAsked = 64;
constexpr const char* kNotTold = "the nodes asked did not say when the slots were free";

}  // namespace

CancelEffect::CancelEffect(std::vector<llm::ClientTarget> nodes, const RunClock& clock, RecordSink& sink)
    : clock_(clock), sink_(sink) {
  for (llm::ClientTarget& node : nodes) {
    node.cancel = at_once_.get_token();
    nodes_.push_back(std::make_unique<llm::Client>(std::move(node)));
  }
}

CancelEffect::~CancelEffect() {
  std::stop_source now;
  now.request_stop();
  finish(now.get_token());
}

void CancelEffect::add(TurnRecord record, const std::string& request_id, std::int64_t received) {
  const std::lock_guard lock(mutex_);
  ++figures_.cancelled;
  pending_.emplace(request_id,
                   Pending{std::move(record), received, std::chrono::steady_clock::now() + kEffectPatience});
  if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  changed_.notify_all();
}

void CancelEffect::finish(const std::stop_token& stop) {
  const std::stop_callback hurry(stop, [this] { at_once_.request_stop(); });
  std::jthread asking;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [this] { return pending_.empty(); });
    asking = std::move(thread_);
  }
  if (!asking.joinable()) return;
  asking.request_stop();
  asking.join();
  tell(take_overdue(SteadyTime::max()));
}

CancelFigures CancelEffect::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

void CancelEffect::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    for (const auto& node : nodes_) ask(*node);
    tell(take_overdue(std::chrono::steady_clock::now()));
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [this] { return !pending_.empty(); });
    changed_.wait_for(lock, stop, kInterval, [] { return false; });
  }
}

/// What cannot be asked now can be 50 ms later; the last fault is kept for those that stay unknown.
void CancelEffect::ask(llm::Client& node) {
  try {
    const std::vector<std::string> ids = pending();
    for (std::size_t at = 0; at < ids.size(); at += kMostAsked) {
      const std::size_t count = std::min(kMostAsked, ids.size() - at);
      const auto first = ids.begin() + static_cast<std::ptrdiff_t>(at);
      const SteadyTime asked = std::chrono::steady_clock::now();
      const llm::NodeHealth health = node.poll(kPollPatience, {first, first + static_cast<std::ptrdiff_t>(count)});
      const SteadyTime answered = std::chrono::steady_clock::now();
      for (const llm::GivenUpCall& call : health.given_up) take(call, asked, answered);
    }
  } catch (const Error& fault) {
    const std::lock_guard lock(mutex_);
    if (!at_once_.stop_requested()) figures_.fault = fault.what();
  }
}

std::vector<std::string> CancelEffect::pending() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, turn] : pending_) ids.push_back(id);
  return ids;
}

/// The node says for how long the slot had been free when it answered, which was between the two instants.
void CancelEffect::take(const llm::GivenUpCall& call, SteadyTime asked, SteadyTime answered) {
  TurnRecord record;
  {
    const std::lock_guard lock(mutex_);
    const auto found = pending_.find(call.request_id);
    if (found == pending_.end()) return;
    record = std::move(found->second.record);
    const std::int64_t wasted = call.tokens - found->second.received;
    pending_.erase(found);
    const SteadyTime answer = asked + (answered - asked) / 2;
    record.slot_free_at = std::max(record.cancelled_at, clock_.at(answer - call.slot_free_for));
    record.wasted_tokens = static_cast<std::uint32_t>(std::max<std::int64_t>(0, wasted));
    ++figures_.known;
    figures_.resolution = std::max(figures_.resolution, clock_.at(answered) - clock_.at(answer));
    figures_.slot_seconds += static_cast<double>(record.slot_free_at - record.cancelled_at) / 1e6;
  }
  sink_.on_turn(std::move(record));
  changed_.notify_all();
}

std::vector<CancelEffect::Pending> CancelEffect::take_overdue(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  std::vector<Pending> overdue;
  for (auto turn = pending_.begin(); turn != pending_.end();) {
    const bool is_over = turn->second.until <= now;
    if (is_over) overdue.push_back(std::move(turn->second));
    turn = is_over ? pending_.erase(turn) : std::next(turn);
  }
  if (!overdue.empty() && figures_.fault.empty()) figures_.fault = kNotTold;
  return overdue;
}

void CancelEffect::tell(std::vector<Pending> over) {
  for (Pending& turn : over) sink_.on_turn(std::move(turn.record));
  if (!over.empty()) changed_.notify_all();
}

}  // namespace wsdeep::load
