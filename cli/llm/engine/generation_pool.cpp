#include "llm/engine/generation_pool.h"

#include <fmt/format.h>

#include <utility>

// One thread for each generation under way, kept for the next one together with its connection.
//
// A generation (Job) has a slot from `start` to its end or its cancellation. The thread that cancels frees the slot and
// stops the request; `on_end` follows from the job's own thread, so that a generation's callbacks never overlap.

namespace wsdeep::llm {
namespace {

using std::chrono::microseconds;

/// Cancelled generations hold their thread until the request has ended: so many threads for each slot.
constexpr std::size_t kThreadsForASlot = 4;

SteadyTime now() {
  return std::chrono::steady_clock::now();
}

std::int64_t between_us(SteadyTime from, SteadyTime to) {
  return from == SteadyTime{} || to == SteadyTime{} ? 0 : std::chrono::duration_cast<microseconds>(to - from).count();
}

}  // namespace

void GenerationPool::stop() {
  std::vector<JobRef> jobs;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    jobs = running_;
    waiting_.clear();
  }
  wake_.notify_all();
  for (const JobRef& job : jobs) job->stop.request_stop();
  for (std::thread& thread : threads_) thread.join();
}

void GenerationPool::start(const JobRef& job) {
  const std::lock_guard lock(mutex_);
  job->arrived = now();
  job->has_slot = active_ < slots_;
  if (job->has_slot)
    ++active_;
  else
    job->refusal = failure(LlmFault::kOverloaded, fmt::format("all {} slots are taken", slots_));
  waiting_.push_back(job);
  if (idle_ < waiting_.size() && threads_.size() < kThreadsForASlot * static_cast<std::size_t>(slots_))
    threads_.emplace_back([this] { work(); });
  wake_.notify_one();
}

void GenerationPool::cancel(const JobRef& job) {
  {
    const std::lock_guard lock(mutex_);
    leave(job);
  }
  job->stop.request_stop();
}

void GenerationPool::abandon(const JobRef& job) {
  std::unique_lock lock(mutex_);
  leave(job);
  job->abandoned = true;
  lock.unlock();
  job->stop.request_stop();
  lock.lock();
  if (job->thread == std::this_thread::get_id()) return;
  called_.wait(lock, [&] { return !job->calling; });
}

void GenerationPool::tell(const JobRef& job, LlmChunk chunk) {
  std::unique_lock lock(mutex_);
  job->last = now();
  if (job->first == SteadyTime{}) job->first = job->last;
  // Nobody who has cancelled wants to hear more.
  if (job->has_slot) call(lock, job, [&] { job->events.on_chunk(std::move(chunk)); });
}

int GenerationPool::active() const {
  const std::lock_guard lock(mutex_);
  return active_;
}

void GenerationPool::work() {
  net::HttpClient client;
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    --idle_;
    if (stopping_) return;
    JobRef job = std::move(waiting_.front());
    waiting_.pop_front();
    running_.push_back(job);
    job->thread = std::this_thread::get_id();
    lock.unlock();
    LlmOutcome outcome = job->refusal ? *job->refusal : run_(client, job);
    lock.lock();
    const bool was_cancelled = !job->refusal && !job->has_slot;
    if (was_cancelled) outcome = failure(LlmFault::kCancelled, "cancelled");
    leave(job);
    call(lock, job, [&] {
      job->events.on_end(std::move(outcome), {between_us(job->arrived, job->asked), between_us(job->asked, job->first),
                                              between_us(job->first, job->last)});
    });
    std::erase(running_, job);
    lock.unlock();
    job->events = {};  // what they hold dies where no lock is held
    job.reset();
    lock.lock();
  }
}

void GenerationPool::leave(const JobRef& job) {
  if (std::exchange(job->has_slot, false)) --active_;
}

/// Calls without the lock, unless nobody is there any more.
void GenerationPool::call(std::unique_lock<std::mutex>& lock, const JobRef& job,
                          const std::function<void()>& callback) {
  if (job->abandoned) return;
  job->calling = true;
  lock.unlock();
  callback();
  lock.lock();
  job->calling = false;
  if (job->abandoned) called_.notify_all();
}

}  // namespace wsdeep::llm
