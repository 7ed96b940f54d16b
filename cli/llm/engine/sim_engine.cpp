#include "llm/engine/sim_engine.h"

#include <fmt/format.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <queue>
#include <thread>
#include <tuple>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "llm/engine/sim_cache.h"
#include "llm/engine/sim_text.h"

// The simulated engine: one thread, one heap of timers, any number of generations.
//
// A generation (SimJob) is a small state machine:
//
//     start ──► kPrefill ──► kDecode ──► kDone
//       │                       └──────► kStalled
//       └─ refused ──► kEnding ──► kDone
//     cancel() from any thread: ──► kEnding ──► kDone
//
// A held generation lets its token wait (`parked`): the timer is set anew when it goes on.
//
// Every state but kStalled has one timer in the heap; when it is due the engine's thread takes one step:
// send a token, or send the end. A cancelled generation leaves its slot at once, in the thread that cancels; only its
// `on_end` waits for the engine's thread, so that a generation's callbacks never overlap. Its old timer stays in the
// heap and finds a job that is done.
//
// A token's time is counted from when the one before it was due, not from when it was sent: lateness of one wake-up
// does not shift the rest, and the rate over a whole answer is exact.

namespace wsdeep::llm {
namespace {

using std::chrono::microseconds;

constexpr auto kLongestTime = std::chrono::hours(1);
constexpr int kMostAnswerTokens = 1'000'000;
/// The kernel may deliver a thread's time-outs late by this much (50 µs by default) to save wake-ups.
constexpr unsigned long kTimerSlackNs = 1000;

enum class Stage { kPrefill, kDecode, kStalled, kEnding, kDone };
enum class Fate { kAnswer, kRefuse, kBreak, kStall };

struct SimJob {
  SimAnswer answer;
  EngineEvents events;
  Dice dice{0};
  Fate fate = Fate::kAnswer;
  std::int64_t fate_after = 0;  ///< tokens before a break or a stall
  Stage stage = Stage::kPrefill;
  bool has_slot = false;
  bool held = false;
  bool parked = false;     ///< its token is due, and waits
  bool calling = false;    ///< the engine's thread is in one of the callbacks
  bool abandoned = false;  ///< its Generation is gone: nobody to call
  std::size_t sent_bytes = 0;
  bool after_tag = false;  ///< a line's end that follows is the tag's
  std::int64_t sent_tokens = 0;
  std::int64_t reasoning_tokens = 0;  ///< of them
  std::optional<std::int64_t> cached_tokens;
  LlmOutcome outcome;
  SteadyTime started, first, last, due;
};

using SimJobRef = std::shared_ptr<SimJob>;

struct Timer {
  SteadyTime due;
  std::uint64_t order;  ///< equal times keep the order in which they were set
  SimJobRef job;

  bool operator>(const Timer& other) const { return std::tie(due, order) > std::tie(other.due, other.order); }
};

GenerationTimings timings_of(const SimJob& job) {
  return {0, microseconds_between(job.started, job.first), microseconds_between(job.first, job.last)};
}

/// The slots and the clockwork. Shared by the engine and its generations, so that a generation may be
/// destroyed after its engine.
class Scheduler {
 public:
  explicit Scheduler(const SimOptions& options) : options_(options), thread_([this] { run(); }) {}
  ~Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  void stop();
  void start(const SimJobRef& job);
  void cancel(const SimJobRef& job);
  void abandon(const SimJobRef& job);
  void hold(const SimJobRef& job, bool held);
  EngineStatus status() const;

 private:
  void run();
  void step(std::unique_lock<std::mutex>& lock, const SimJobRef& job);
  LlmChunk take_token(SimJob& job);
  void plan_next(const SimJobRef& job);
  void finish(SimJob& job);
  void call(std::unique_lock<std::mutex>& lock, const SimJobRef& job, const std::function<void()>& callback);
  void leave(const SimJobRef& job);
  void end_soon(const SimJobRef& job, LlmOutcome outcome);
  void set_timer(const SimJobRef& job, SteadyTime due);
  microseconds drawn(SimJob& job, double mean_us) const;

  const SimOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable called_;  ///< a callback has returned
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::uint64_t timer_count_ = 0;
  int active_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

void Scheduler::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  // Jobs hold callbacks, which may hold the generations that hold this scheduler.
  const auto timers = std::exchange(timers_, {});
}

void Scheduler::start(const SimJobRef& job) {
  const std::lock_guard lock(mutex_);
  if (job->fate == Fate::kRefuse) return end_soon(job, failure(LlmFault::kUnavailable, "simulated refusal"));
  ++active_;
  job->has_slot = true;
  job->started = std::chrono::steady_clock::now();
  const auto prefill = options_.prefill_per_token * job->answer.prompt_tokens;
  set_timer(job, job->started + drawn(*job, static_cast<double>((options_.ttft + prefill).count())));
}

void Scheduler::cancel(const SimJobRef& job) {
  const std::lock_guard lock(mutex_);
  if (job->stage == Stage::kEnding || job->stage == Stage::kDone) return;
  leave(job);
  end_soon(job, failure(LlmFault::kCancelled, "cancelled"));
}

void Scheduler::abandon(const SimJobRef& job) {
  std::unique_lock lock(mutex_);
  leave(job);
  job->stage = Stage::kDone;
  job->abandoned = true;
  if (std::this_thread::get_id() == thread_.get_id()) return;
  called_.wait(lock, [&] { return !job->calling; });
  lock.unlock();
  job->events = {};
}

void Scheduler::hold(const SimJobRef& job, bool held) {
  const std::lock_guard lock(mutex_);
  job->held = held;
  if (!held && std::exchange(job->parked, false)) set_timer(job, std::chrono::steady_clock::now());
}

EngineStatus Scheduler::status() const {
  const std::lock_guard lock(mutex_);
  EngineStatus status;
  status.slots = options_.slots;
  status.active = active_;
  return status;
}

void Scheduler::run() {
  ::prctl(PR_SET_TIMERSLACK, kTimerSlackNs);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (timers_.empty()) {
      wake_.wait(lock);
    } else if (const SteadyTime due = timers_.top().due; due > std::chrono::steady_clock::now()) {
      wake_.wait_until(lock, due);
    } else {
      const SimJobRef job = timers_.top().job;
      timers_.pop();
      step(lock, job);
    }
  }
}

/// One due timer: the next token, the end, or nothing when the job ended otherwise.
void Scheduler::step(std::unique_lock<std::mutex>& lock, const SimJobRef& job) {
  if (job->stage == Stage::kPrefill || job->stage == Stage::kDecode) {
    job->parked = job->held;
    if (job->parked) return;
    LlmChunk token = take_token(*job);
    plan_next(job);
    if (token.tokens > 0) call(lock, job, [&] { job->events.on_chunk(std::move(token)); });
  }
  if (job->stage != Stage::kEnding) return;
  job->stage = Stage::kDone;
  call(lock, job, [&] {
    const EngineEvents events = std::move(job->events);  // what they hold dies here, where no lock is held
    events.on_end(std::move(job->outcome), timings_of(*job));
  });
}

/// The tags around the reasoning are tokens, but no text.
void drop_tag(LlmChunk& chunk, bool& after_tag) {
  const std::string_view word = trim(chunk.text);
  if (chunk.reasoning && (word == "<think>" || word == "</think>")) {
    chunk.text.clear();
    after_tag = true;
  } else if (std::exchange(after_tag, false)) {
    chunk.text.erase(0, chunk.text.find_first_not_of('\n'));
  }
}

LlmChunk Scheduler::take_token(SimJob& job) {
  job.last = std::chrono::steady_clock::now();
  if (job.stage == Stage::kPrefill) job.first = job.last;
  job.stage = Stage::kDecode;
  const std::size_t end = token_end(job.answer.text, job.sent_bytes);
  LlmChunk chunk{job.answer.text.substr(job.sent_bytes, end - job.sent_bytes),
                 job.sent_bytes < job.answer.reasoning_bytes};
  if (!chunk.text.empty()) {
    chunk.tokens = 1;
    ++job.sent_tokens;
    if (chunk.reasoning) ++job.reasoning_tokens;
  }
  job.sent_bytes = end;
  drop_tag(chunk, job.after_tag);
  return chunk;
}

/// What follows the token that was just taken. An end frees the slot here, before anybody hears of it.
void Scheduler::plan_next(const SimJobRef& job) {
  if (job->sent_bytes == job->answer.text.size()) {
    finish(*job);
    leave(job);
    job->stage = Stage::kEnding;
  } else if (job->fate == Fate::kBreak && job->sent_tokens >= job->fate_after) {
    leave(job);
    job->outcome = failure(LlmFault::kUnavailable, "simulated break in mid-stream");
    job->stage = Stage::kEnding;
  } else if (job->fate == Fate::kStall && job->sent_tokens >= job->fate_after) {
    job->stage = Stage::kStalled;
  } else {
    const double load = 1 + options_.slowdown * (active_ - 1);
    set_timer(job, job->due + drawn(*job, static_cast<double>(options_.inter_token.count()) * load));
  }
}

void Scheduler::finish(SimJob& job) {
  job.outcome.ok = true;
  job.outcome.result.finish_reason = job.answer.finish_reason;
  Usage usage{job.answer.prompt_tokens, job.sent_tokens, job.cached_tokens};
  if (job.answer.reasoning_bytes > 0) usage.reasoning_tokens = job.reasoning_tokens;
  job.outcome.result.usage = usage;
}

/// Calls without the lock, unless nobody is there any more.
void Scheduler::call(std::unique_lock<std::mutex>& lock, const SimJobRef& job, const std::function<void()>& callback) {
  if (job->abandoned) return;
  job->calling = true;
  lock.unlock();
  callback();
  lock.lock();
  job->calling = false;
  if (job->abandoned) called_.notify_all();
}

void Scheduler::leave(const SimJobRef& job) {
  if (std::exchange(job->has_slot, false)) --active_;
}

void Scheduler::end_soon(const SimJobRef& job, LlmOutcome outcome) {
  job->outcome = std::move(outcome);
  job->stage = Stage::kEnding;
  set_timer(job, std::chrono::steady_clock::now());
}

void Scheduler::set_timer(const SimJobRef& job, SteadyTime due) {
  job->due = due;
  const bool earliest = timers_.empty() || due < timers_.top().due;
  timers_.push({due, timer_count_++, job});
  if (earliest && std::this_thread::get_id() != thread_.get_id()) wake_.notify_one();
}

microseconds Scheduler::drawn(SimJob& job, double mean_us) const {
  const double luck = job.dice.unit();
  const double scale = options_.exponential ? -std::log1p(-luck) : 1 + options_.jitter * (2 * luck - 1);
  return microseconds(static_cast<std::int64_t>(mean_us * scale));
}

class SimGeneration final : public Generation {
 public:
  SimGeneration(std::shared_ptr<Scheduler> scheduler, SimJobRef job)
      : scheduler_(std::move(scheduler)), job_(std::move(job)) {}
  ~SimGeneration() override { scheduler_->abandon(job_); }
  void cancel() override { scheduler_->cancel(job_); }
  void hold(bool held) override { scheduler_->hold(job_, held); }

 private:
  std::shared_ptr<Scheduler> scheduler_;
  SimJobRef job_;
};

class SimEngine final : public Engine {
 public:
  explicit SimEngine(const SimOptions& options) : options_(options), scheduler_(std::make_shared<Scheduler>(options)) {}
  ~SimEngine() override { scheduler_->stop(); }

  std::string name() const override { return "sim"; }
  std::vector<std::string> models() const override { return {"sim"}; }
  EngineStatus status() const override { return scheduler_->status(); }
  std::unique_ptr<Generation> start(const LlmRequest& request, EngineEvents events) override;

 private:
  Fate draw_fate(Dice& dice) const;

  const SimOptions options_;
  SimCache cache_;
  std::shared_ptr<Scheduler> scheduler_;
};

std::unique_ptr<Generation> SimEngine::start(const LlmRequest& request, EngineEvents events) {
  auto job = std::make_shared<SimJob>();
  job->answer = compose_answer(options_, request);
  job->cached_tokens = cache_.find(request.session_id, job->answer.prompt_tokens);
  job->events = std::move(events);
  job->dice = Dice(turn_hash(options_.seed, request));
  job->fate = draw_fate(job->dice);
  const std::int64_t tokens = std::max<std::int64_t>(count_tokens(job->answer.text), 2);
  job->fate_after = 1 + static_cast<std::int64_t>(job->dice.below(static_cast<std::uint64_t>(tokens - 1)));
  scheduler_->start(job);
  return std::make_unique<SimGeneration>(scheduler_, std::move(job));
}

Fate SimEngine::draw_fate(Dice& dice) const {
  const double luck = dice.unit();
  if (luck < options_.refuse) return Fate::kRefuse;
  if (luck < options_.refuse + options_.break_mid_stream) return Fate::kBreak;
  if (luck < options_.refuse + options_.break_mid_stream + options_.stall) return Fate::kStall;
  return Fate::kAnswer;
}

void require(bool sensible, std::string_view option, std::string_view expected) {
  if (!sensible) throw Error(ErrorKind::kUsage, fmt::format("simulated engine: {} must be {}", option, expected));
}

void require_share(double share, std::string_view option) {
  require(share >= 0 && share <= 1, option, "from 0 to 1");
}

void require_time(microseconds time, std::string_view option) {
  require(time >= microseconds(0) && time <= kLongestTime, option, "from 0 to one hour");
}

}  // namespace

void validate(const SimOptions& options) {
  require_time(options.ttft, "ttft");
  require_time(options.inter_token, "inter-token time");
  require_time(options.prefill_per_token, "prefill time per token");
  require(options.jitter >= 0 && options.jitter < 1, "jitter", "at least 0 and less than 1");
  require(options.slots >= 1, "slots", "at least 1");
  require(options.slowdown >= 0 && options.slowdown <= 1000, "slowdown", "from 0 to 1000");
  require(options.tokens >= 0 && options.tokens <= kMostAnswerTokens, "tokens", "from 0 to 1000000");
  require_share(options.refuse, "refuse");
  require_share(options.break_mid_stream, "break");
  require_share(options.stall, "stall");
  require(options.refuse + options.break_mid_stream + options.stall <= 1, "refuse + break + stall", "at most 1");
}

std::unique_ptr<Engine> make_sim_engine(const SimOptions& options) {
  validate(options);
  return std::make_unique<SimEngine>(options);
}

}  // namespace wsdeep::llm
