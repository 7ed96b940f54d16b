#include "load/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "base/version.h"
#include "load/closed_loop.h"
#include "load/gate.h"
#include "load/measure/abort_rules.h"
#include "load/measure/window.h"
#include "load/pacer.h"
#include "load/watch/judge.h"
#include "load/watch/self_watch.h"

namespace wsdeep::load {
namespace {

/// Until the first turn: the pacer's thread has to be there.
constexpr Micros kHead = 20'000;
constexpr Micros kSecond = 1'000'000;

/// Nothing can be sent before.
Micros next_begin(const RunClock& clock) {
  return clock.now() + kHead;
}

/// The wall clock is read this once; whatever is done to it later moves no turn.
Micros begin_of(const RunPlan& plan, const RunClock& clock) {
  if (!plan.start) return next_begin(clock);
  const auto ahead = std::chrono::duration_cast<std::chrono::microseconds>(*plan.start - SystemTime::clock::now());
  const Micros begin = clock.now() + ahead.count();
  if (const Micros late = next_begin(clock) - begin; late > 0)
    throw Error(ErrorKind::kFailure,
                fmt::format("it was ready {} after the common start", human_duration(std::chrono::microseconds(late))));
  return begin;
}

/// Tells a recorder, and whoever else is to know.
class WitnessedSink final : public RecordSink {
 public:
  WitnessedSink(RecordSink& recorder, RunWitness& witness) : recorder_(recorder), witness_(witness) {}

  void on_turn(TurnRecord record) override {
    witness_.on_turn(record);
    recorder_.on_turn(std::move(record));
  }
  void on_connection(const ConnectionRecord& record) override {
    witness_.on_connection(record);
    recorder_.on_connection(record);
  }

 private:
  RecordSink& recorder_;
  RunWitness& witness_;
};

/// One run, from the moment at which its driver is ready. Two threads: the one that was here shows how it goes, the
/// other begins the turns and waits for their end.
class Run {
 public:
  Run(const RunPlan& plan, const RunClock& clock, Driver& driver, Gate& gate, std::optional<ClosedLoop>& users,
      const RunStops& stops)
      : plan_(plan),
        clock_(clock),
        driver_(driver),
        gate_(gate),
        users_(users),
        stops_(stops),
        begin_(begin_of(plan, clock)),
        recorder_(recorder_options(plan, begin_)),
        rules_(plan.abort_rules),
        watch_(clock) {
    if (plan.witness != nullptr) plan.witness->on_begin(begin_);
    gate.open(plan.witness != nullptr ? static_cast<RecordSink&>(witnessed_.emplace(recorder_, *plan.witness))
                                      : recorder_);
    for (Driver::Post& post : driver.loops()) watch_.watch_loop(std::move(post));
  }

  Result go(const OnProgress& on_progress) {
    const std::stop_callback soon(stops_.soon, [this] { end(EndedBy::kInterrupt, "a signal came"); });
    std::jthread sender([this] { send(); });
    try {
      show(on_progress);
    } catch (...) {
      // Whoever reads what is shown is gone, but not the turns.
      end(EndedBy::kFault, "");
      sender.join();
      throw;
    }
    sender.join();
    return result();
  }

 private:
  /// The sender's thread.
  void send() {
    try {
      pace();
    } catch (const std::exception& fault) {
      end(EndedBy::kFault, fault.what());
    }
    try {
      schedule_end_ = clock_.now();
      recorder_.end_schedule(schedule_end_);
      phase_ = Phase::kHolding;
      driver_.hold(plan_.hold, ending_.get_token());
      drain_end_ = clock_.now() + std::chrono::microseconds(plan_.drain).count();
      phase_ = Phase::kDraining;
      driver_.finish(plan_.drain, stops_.now);
    } catch (const std::exception& fault) {
      end(EndedBy::kFault, fault.what());
    }
    little_ = gate_.little();
    watch_.stop();
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }

  void pace() {
    const auto begin = [this](const Arrival& arrival) {
      gate_.begun();
      driver_.begin(arrival);
    };
    Pacer pacer(clock_, begin, ending_.get_token());
    if (users_)
      users_->run(pacer, begin_);
    else
      keep_schedule(pacer);
    pacing_ = pacer.pacing();
    pacing_.planned = users_ ? pacing_.begun : plan_.load.share.of(plan_.load.schedule.arrivals.size());
  }

  void keep_schedule(Pacer& pacer) {
    for (Arrival arrival : plan_.load.schedule.arrivals) {
      if (!plan_.load.share.has(arrival.index)) continue;
      arrival.intended += begin_;
      if (!pacer.begin_at(arrival)) return;
    }
    // A quiet end belongs to the schedule as well.
    const Micros end = begin_ + plan_.load.schedule.length();
    while (clock_.now() < end && pacer.sleep_until(end) != Pacer::Woken::kByStop) {
    }
  }

  /// The first reason counts.
  void end(EndedBy by, std::string why) {
    const std::lock_guard lock(mutex_);
    if (ending_.stop_requested()) return;
    ended_by_ = by;
    ended_why_ = std::move(why);
    ending_.request_stop();
  }

  bool wait_until(Micros instant) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, clock_.time(instant), [this] { return over_; });
  }

  void show(const OnProgress& on_progress) {
    for (Micros next = begin_ + kSecond; !wait_until(next); next += kSecond * (1 + (clock_.now() - next) / kSecond))
      look(on_progress);
  }

  void look(const OnProgress& on_progress) {
    const Micros now = clock_.now();
    const Summary recent = recorder_.recent(now, driver_.open_turns());
    if (const auto broken = rules_.broken(recent)) end(EndedBy::kAbortRule, *broken);
    on_progress(progress(now, recent));
  }

  Micros length() const { return plan_.load.schedule.length() + std::chrono::microseconds(plan_.hold).count(); }

  Progress progress(Micros now, const Summary& recent) {
    Progress progress{.at = now - begin_, .length = length(), .phase = phase_, .live = recorder_.live(now)};
    if (progress.phase == Phase::kDraining) progress.drain_left = std::max<Micros>(0, drain_end_ - now);
    note_end(progress);
    if (!users_) progress.due = due_at(now);
    progress.begun = gate_.begun_so_far();
    progress.in_flight = driver_.in_flight();
    progress.driver = driver_.now();
    progress.broken = broken_so_far(recent, watch_.report(begin_, now));
    return progress;
  }

  void note_end(Progress& progress) {
    const std::lock_guard lock(mutex_);
    progress.ended_by = ended_by_;
    progress.ended_why = ended_why_;
    progress.hurried = stops_.now.stop_requested();
  }

  /// Arrivals of the schedule until then.
  std::uint64_t due_at(Micros now) const {
    const std::vector<Arrival>& arrivals = plan_.load.schedule.arrivals;
    const auto later = std::ranges::upper_bound(arrivals, now - begin_, {}, &Arrival::intended);
    return static_cast<std::uint64_t>(later - arrivals.begin());
  }

  Result result() const {
    Result result;
    result.id = random_uuid();
    result.kind = plan_.kind;
    result.target = plan_.target;
    result.version = version();
    result.started = clock_.wall(begin_);
    result.shape = plan_.load.shape;
    result.prompts = plan_.load.prompts_in_words;
    result.ended_by = ended_by_;
    result.ended_why = ended_why_;
    result.pacing = pacing_;
    const Micros now = clock_.now();
    if (plan_.witness != nullptr) plan_.witness->on_over(schedule_end_, now);
    result.summary = recorder_.summary(now);
    result.summary.little = little_;
    result.driver = driver_.figures(Window{begin_ + result.summary.whole.from, begin_ + result.summary.whole.to});
    result.verdict = verdict(result.summary);
    return result;
  }

  Verdict verdict(const Summary& summary) const {
    RunFacts facts;
    facts.closed_loop = users_.has_value();
    facts.ended_early = ended_by_ != EndedBy::kSchedule;
    facts.pacing = pacing_;
    facts.told = gate_.turns();
    return judge(facts, summary, watch_.report(begin_ + summary.whole.from, clock_.now()));
  }

  const RunPlan& plan_;
  const RunClock& clock_;
  Driver& driver_;
  Gate& gate_;
  std::optional<ClosedLoop>& users_;
  const RunStops& stops_;
  const Micros begin_;
  Recorder recorder_;
  std::optional<WitnessedSink> witnessed_;
  const AbortRules rules_;
  SelfWatch watch_;
  Micros schedule_end_ = 0;
  Pacing pacing_;
  LittleCheck little_;
  std::atomic<Phase> phase_{Phase::kSending};
  std::atomic<Micros> drain_end_{0};
  std::stop_source ending_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  EndedBy ended_by_ = EndedBy::kSchedule;
  std::string ended_why_;
};

/// In a thread of its own, while this one shows how far it is.
void prepare(Driver& driver, const RunStops& stops, const OnProgress& on_progress) {
  std::future<void> ready = std::async(std::launch::async, [&] { driver.prepare(stops.soon); });
  while (ready.wait_for(std::chrono::seconds(1)) != std::future_status::ready) {
    Progress progress;
    progress.phase = Phase::kPreparing;
    progress.driver = driver.now();
    on_progress(progress);
  }
  ready.get();
}

}  // namespace

RecorderOptions recorder_options(const RunPlan& plan, Micros begin) {
  RecorderOptions options;
  options.begin = begin;
  options.stages = plan.load.schedule.stages;
  options.warm_up = plan.warm_up;
  options.cool_down = plan.cool_down;
  options.levels = plan.levels;
  options.abort_rules = plan.abort_rules;
  options.coalescing_window = plan.coalescing_window;
  options.on_record = plan.on_record;
  return options;
}

Result run_load(const RunPlan& plan, const MakeDriver& make_driver, const RunStops& stops,
                const OnProgress& on_progress) {
  const RunClock clock;
  Gate gate(clock);
  std::optional<ClosedLoop> users;
  if (plan.load.shape.concurrency) users.emplace(plan.load.shape, clock, gate, plan.load.share);
  const auto driver = make_driver(plan, clock, users ? static_cast<RecordSink&>(*users) : gate);
  prepare(*driver, stops, on_progress);
  Run run(plan, clock, *driver, gate, users, stops);
  return run.go(on_progress);
}

}  // namespace wsdeep::load
