#include "load/drive/connect_driver.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/error.h"
#include "load/drive/session_probe.h"

namespace wsdeep::load {
namespace {

using std::chrono::milliseconds;

/// So long before a storm its questions are asked: they are under way then, and have not been answered.
constexpr milliseconds kQuestionLead{1'000};
/// An attempt that has neither opened nor failed by then is not waited for (session::ConnectionOptions has 20 s).
constexpr milliseconds kOpening{25'000};
/// A peer that does not answer a close is left after half a second (session::Connection).
constexpr milliseconds kClosing{2'000};

TurnRecord turn_of_opening(const Arrival& arrival, const ConnectionRecord& attempt, TurnEnd how, Micros end) {
  TurnRecord turn;
  turn.index = arrival.index;
  turn.plane = Plane::kChat;
  turn.stage = arrival.stage;
  turn.conversation = attempt.session;
  turn.intended = arrival.intended;
  turn.send = attempt.begin;
  turn.end = how == TurnEnd::kUnfinished ? kNever : end;
  turn.how = how;
  turn.reason = attempt.reason;
  return turn;
}

}  // namespace

ConnectDriver::ConnectDriver(ConnectOptions options, const RunClock& clock, SessionUsers& users, RecordSink& sink)
    : options_(std::move(options)), access_{options_.endpoint, users, clock}, sink_(sink), shelves_(loops_.size()) {}

ConnectDriver::~ConnectDriver() {
  for (std::size_t i = 0; i < shelves_.size(); ++i) loops_.run_on(i, [this, i] { shelves_[i].clear(); });
}

void ConnectDriver::prepare(const std::stop_token& stop) {
  probe_session(loops_, access_, stop);
}

void ConnectDriver::begin(const Arrival& arrival) {
  std::uint64_t session = 0;
  {
    const std::lock_guard lock(mutex_);
    session = arrivals_.size();
    arrivals_.push_back(arrival);
  }
  loops_.loop(session % loops_.size()).post([this, session, arrival] { place(session, arrival); });
}

void ConnectDriver::place(std::uint64_t session, const Arrival& arrival) {
  const std::size_t loop = session % loops_.size();
  HeldSession::Keeper& keeper = *this;
  const auto& placed = shelves_[loop].emplace_back(
      std::make_unique<HeldSession>(loops_.loop(loop), access_, session, options_.manner, keeper));
  placed->open(arrival.intended);
}

std::size_t ConnectDriver::in_flight() const {
  const std::lock_guard lock(mutex_);
  return arrivals_.size() - settled_;
}

DriverNow ConnectDriver::now() const {
  const std::lock_guard lock(mutex_);
  DriverNow now{.sessions = sessions_};
  now.sessions->storms = storms_.size();
  return now;
}

// ---- what the sessions say -----------------------------------------------------------------------------------------

void ConnectDriver::on_first(const ConnectionRecord& attempt, TurnEnd how, const session::Loss* failure) {
  const Micros now = access_.clock.now();
  std::unique_lock lock(mutex_);
  TurnRecord turn = turn_of_opening(arrivals_[attempt.session], attempt, how, now);
  lock.unlock();
  if (failure != nullptr) turn.detail = failure->cause;
  sink_.on_turn(std::move(turn));
  lock.lock();
  ++settled_;
  changed_.notify_all();
}

void ConnectDriver::on_opened() {
  const std::lock_guard lock(mutex_);
  ++sessions_.open;
  ++sessions_.opened;
}

void ConnectDriver::on_connection(const ConnectionRecord& connection) {
  sink_.on_connection(connection);
  const std::lock_guard lock(mutex_);
  if (connection.opened != kNever)
    --sessions_.open;
  else
    ++sessions_.failed;
  records_.push_back(connection);
}

void ConnectDriver::on_storm_turn(std::size_t storm, bool answered) {
  const std::lock_guard lock(mutex_);
  StormTurns& turns = storms_[storm].turns;
  ++(answered ? turns.answered : turns.lost);
}

void ConnectDriver::on_gone() {
  const std::lock_guard lock(mutex_);
  ++gone_;
  changed_.notify_all();
}

// ---- holding -------------------------------------------------------------------------------------------------------

void ConnectDriver::wait_for_settled(milliseconds patience, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, patience, [this] { return settled_ == arrivals_.size(); });
}

void ConnectDriver::hold(milliseconds time, const std::stop_token& stop) {
  wait_for_settled(kOpening, stop);
  const SteadyTime end = std::chrono::steady_clock::now() + time;
  const auto rest_until = [&](SteadyTime instant) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, stop, std::min(instant, end), [] { return false; });
    return !stop.stop_requested() && std::chrono::steady_clock::now() < end;
  };
  if (!options_.storm_every) return void(rest_until(end));
  for (SteadyTime next = std::chrono::steady_clock::now() + *options_.storm_every;; next += *options_.storm_every) {
    if (!options_.storm_question.empty()) {
      if (!rest_until(next - kQuestionLead)) return;
      for_each_session([this](HeldSession& session) { session.ask(options_.storm_question); });
    }
    if (!rest_until(next)) return;
    storm();
  }
}

void ConnectDriver::finish(milliseconds patience, const std::stop_token& stop) {
  wait_for_settled(patience, stop);
  close_all();
}

void ConnectDriver::storm() {
  std::size_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = storms_.size();
    storms_.push_back({.at = access_.clock.now()});
  }
  for_each_session([this, number](HeldSession& session) {
    if (!session.lose(number)) return;
    const std::lock_guard lock(mutex_);
    ++storms_[number].turns.under_way;
  });
}

void ConnectDriver::for_each_session(const std::function<void(HeldSession&)>& work) {
  for (std::size_t i = 0; i < shelves_.size(); ++i)
    loops_.loop(i).post([this, i, work] {
      for (const auto& session : shelves_[i]) work(*session);
    });
}

void ConnectDriver::close_all() {
  for_each_session([](HeldSession& session) { session.close(); });
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kClosing, [this] { return gone_ == arrivals_.size(); });
}

DriverFigures ConnectDriver::figures(const Window&) const {
  const std::lock_guard lock(mutex_);
  return {.connections = connection_figures(records_, storms_)};
}

}  // namespace wsdeep::load
