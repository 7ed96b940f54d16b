// Who runs where. The pacer calls `begin` from its thread; sessions belong to the loops, each to one. Between them
// stands the pool, under a lock of its own. A session is taken out of it and told of its turn on its loop; should it
// have been lost on the way there, the turn is placed anew. So `begin` costs a lock and a wake-up, whatever is in
// flight, and never waits for a session.
#include "load/drive/chat_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/random.h"

namespace wsdeep::load {
namespace {

/// A process stops within a second: a peer that has not answered our close by then is left.
constexpr std::chrono::milliseconds kCloseSessions{800};

/// What kept the first of them out.
Error none_open(std::size_t sessions, const session::Loss& first) {
  const bool was_refused = first.status != 0 || first.for_good;
  const std::string hint = first.hint.empty() && !was_refused
                               ? "see that it is up, can be reached from here and takes so many at once: fewer, or "
                                 "not so fast, are --sessions and --open-rate"
                               : first.hint;
  return {ErrorKind::kFailure, fmt::format("cannot open a session (none of {} is open): {}", sessions, first.cause),
          hint};
}

}  // namespace

ChatDriver::ChatDriver(const ChatOptions& options, const RunClock& clock, const PromptSource& prompts,
                       SessionUsers& users, RecordSink& sink)
    : options_(options),
      sink_(sink),
      plan_{.access = {options.endpoint, users, clock},
            .prompts = prompts,
            .run_id = random_uuid(),
            .timings = options.timings,
            .answer_timeout = options.answer_timeout,
            .keep_alive = options.keep_alive},
      pool_(std::max<std::size_t>(1, options.max_sessions)),
      threads_(std::max<std::size_t>(1, options.threads)) {
  if (!options.watch.nodes.empty()) effect_.emplace(options.watch.nodes, clock, sink);
  const double share = options.open_rate / static_cast<double>(threads_.size());
  ChatShard::Owner& owner = *this;
  shards_.resize(threads_.size());
  for (std::size_t i = 0; i < threads_.size(); ++i)
    threads_.run_on(i, [&] { shards_[i] = std::make_unique<ChatShard>(threads_.loop(i), plan_, share, owner); });
}

ChatDriver::~ChatDriver() {
  stop_loops();
}

template <typename Work>
void ChatDriver::on_shard(std::uint64_t session, Work work) {
  const std::size_t index = session % shards_.size();
  threads_.loop(index).post([&shard = *shards_[index], work = std::move(work)] { work(shard); });
}

void ChatDriver::prepare(const std::stop_token& stop) {
  fleet_.emplace(options_.watch);
  is_fleet_watched_ = true;
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options_.sessions); ++i)
    if (const auto session = pool_.add()) untried_.insert(*session);
  const std::set<std::uint64_t> first = untried_;
  for (const std::uint64_t session : first) on_shard(session, [session](ChatShard& shard) { shard.open(session); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return untried_.empty(); });
  if (counts_.opened > 0 || stop.stop_requested()) return;
  throw none_open(first.size(), *first_failure_);
}

void ChatDriver::tried(std::uint64_t session) {
  if (untried_.erase(session) > 0 && untried_.empty()) changed_.notify_all();
}

// ---- turns ---------------------------------------------------------------------------------------------------------

void ChatDriver::begin(const Arrival& arrival) {
  {
    const std::lock_guard lock(mutex_);
    in_flight_.insert_or_assign(arrival.index, OpenTurn{arrival.intended, arrival.stage});
  }
  place(arrival);
}

/// From any thread.
void ChatDriver::place(const Arrival& arrival) {
  if (const auto session = pool_.take_idle())
    return on_shard(*session, [this, session = *session, arrival](ChatShard& shard) {
      if (!shard.begin(session, arrival)) place(arrival);
    });
  if (is_closing()) return tell_unsent(arrival, {TurnEnd::kUnfinished, "not sent: the run was over"});
  const auto session = pool_.add();
  if (!session)
    return tell_unsent(arrival, {TurnEnd::kFailed, "not sent: all sessions are busy",
                                 fmt::format("{} sessions, the most that are allowed", options_.max_sessions)});
  {
    const std::lock_guard lock(mutex_);
    ++counts_.opened_for_turns;
  }
  on_shard(*session, [session = *session, arrival](ChatShard& shard) { shard.open_for(session, arrival); });
}

bool ChatDriver::is_closing() const {
  const std::lock_guard lock(mutex_);
  return closing_;
}

void ChatDriver::tell_unsent(const Arrival& arrival, ChatEnding ending) {
  TurnRecord record;
  record.index = arrival.index;
  record.plane = Plane::kChat;
  record.stage = arrival.stage;
  record.intended = arrival.intended;
  record.how = ending.how;
  record.reason = std::move(ending.reason);
  record.detail = std::move(ending.detail);
  if (ending.how != TurnEnd::kUnfinished) record.end = plan_.access.clock.now();
  sink_.on_turn(std::move(record));
  turn_over(arrival.index);
}

void ChatDriver::on_text(std::uint64_t index, Micros at) {
  const std::lock_guard lock(mutex_);
  if (const auto turn = in_flight_.find(index); turn != in_flight_.end()) turn->second.first = at;
}

/// What a cancelled one left at its node is known a little later.
void ChatDriver::on_turn(EndedTurn turn) {
  const std::uint64_t index = turn.record.index;
  if (effect_ && turn.record.how == TurnEnd::kCancelled)
    effect_->add(std::move(turn.record), turn.id, turn.tokens_at_cancel);
  else
    sink_.on_turn(std::move(turn.record));
  turn_over(index);
}

/// A turn is told before it is counted: who sees that nothing is in flight has been told of all, or will be by the
/// nodes.
void ChatDriver::turn_over(std::uint64_t index) {
  const std::lock_guard lock(mutex_);
  in_flight_.erase(index);
  if (in_flight_.empty()) changed_.notify_all();
}

// ---- sessions ------------------------------------------------------------------------------------------------------

void ChatDriver::on_open(std::uint64_t session) {
  const std::lock_guard lock(mutex_);
  ++counts_.opened;
  ++open_;
  tried(session);
}

bool ChatDriver::on_lost(const ConnectionRecord& connection, const session::Loss& loss) {
  if (connection.begin != kNever) sink_.on_connection(connection);
  pool_.forget_idle(connection.session);
  const std::lock_guard lock(mutex_);
  const bool was_open = connection.opened != kNever;
  if (was_open) --open_;
  if (!finishing_) ++(was_open ? counts_.lost : counts_.failed);
  if (!was_open && !first_failure_) first_failure_ = loss;
  tried(connection.session);
  const bool again = !finishing_ && !loss.for_good && connection.session < options_.sessions;
  if (!again) pool_.remove(connection.session);
  if (pool_.size() == 0) changed_.notify_all();
  return again;
}

DriverFigures ChatDriver::figures(const Window&) const {
  DriverFigures figures;
  figures.sessions = counts();
  if (effect_)
    if (const CancelFigures cancels = effect_->figures(); cancels.cancelled > 0) figures.cancels = cancels;
  if (fleet_) figures.engines = fleet_->figures();
  return figures;
}

SessionFigures ChatDriver::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::size_t ChatDriver::in_flight() const {
  const std::lock_guard lock(mutex_);
  return in_flight_.size();
}

std::vector<OpenTurn> ChatDriver::open_turns() const {
  std::vector<OpenTurn> open;
  const std::lock_guard lock(mutex_);
  for (const auto& [index, turn] : in_flight_) open.push_back(turn);
  return open;
}

DriverNow ChatDriver::now() const {
  DriverNow now;
  if (is_fleet_watched_) now.nodes = fleet_->nodes();
  const std::lock_guard lock(mutex_);
  now.sessions = SessionsNow{.open = open_, .opened = counts_.opened, .failed = counts_.failed};
  return now;
}

// ---- the end -------------------------------------------------------------------------------------------------------

void ChatDriver::finish(std::chrono::milliseconds patience, const std::stop_token& stop) {
  {
    std::unique_lock lock(mutex_);
    finishing_ = true;
    changed_.wait_for(lock, stop, patience, [this] { return in_flight_.empty(); });
    closing_ = true;
  }
  for (std::size_t i = 0; i < shards_.size(); ++i) on_shard(i, [](ChatShard& shard) { shard.close(); });
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kCloseSessions, [this] { return pool_.size() == 0; });
  }
  stop_loops();
  if (effect_) effect_->finish(stop);
  if (fleet_) fleet_->stop(stop);
}

/// Whoever has not closed by now is told of as open.
void ChatDriver::stop_loops() {
  for (std::size_t i = 0; i < shards_.size(); ++i)
    threads_.run_on(i, [this, i] {
      if (!shards_[i]) return;
      shards_[i]->clear([this](const ConnectionRecord& connection) {
        if (connection.begin != kNever) sink_.on_connection(connection);
      });
      shards_[i].reset();
    });
  shards_.clear();
}

}  // namespace wsdeep::load
