#include "node/journal_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "aws/logs.h"

namespace wsdeep::node {
namespace {

std::size_t log_bytes(const JournalEntry& entry) {
  return entry.message.size() + aws::kLogEventOverhead;
}

/// What an entry takes here.
std::size_t held_bytes(const JournalEntry& entry) {
  return sizeof entry + entry.message.size() + entry.cursor.size();
}

/// The note of dropped entries has its place in each batch.
constexpr std::size_t kNoteBytes = 200;

/// The bounds of one call, entry by entry.
class BatchBounds {
 public:
  bool takes(const JournalEntry& entry) {
    const std::int64_t first = std::min(first_, entry.timestamp_ms), last = std::max(last_, entry.timestamp_ms);
    if (count_ > 0 && last - first > aws::kMaxLogBatchSpanMs) return false;
    if (count_ + 1 >= aws::kMaxLogBatchEvents || bytes_ + log_bytes(entry) > aws::kMaxLogBatchBytes) return false;
    first_ = first;
    last_ = last;
    bytes_ += log_bytes(entry);
    ++count_;
    return true;
  }

 private:
  std::int64_t first_ = INT64_MAX, last_ = 0;
  std::size_t bytes_ = kNoteBytes;
  std::size_t count_ = 0;
};

}  // namespace

void JournalQueue::push(JournalEntry entry) {
  const std::lock_guard lock(mutex_);
  bytes_ += held_bytes(entry);
  log_bytes_ += log_bytes(entry);
  entries_.push_back(std::move(entry));
  while (bytes_ > max_bytes_ && entries_.size() > 1) {
    pop();
    ++dropped_;
  }
  changed_.notify_all();
}

void JournalQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

std::vector<JournalEntry> JournalQueue::take(std::chrono::milliseconds linger) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || !entries_.empty(); });
  changed_.wait_for(lock, linger, [this] { return closed_ || is_more_than_a_call(); });
  return next_batch();
}

bool JournalQueue::is_more_than_a_call() const {
  return entries_.size() >= aws::kMaxLogBatchEvents || log_bytes_ + kNoteBytes > aws::kMaxLogBatchBytes;
}

std::vector<JournalEntry> JournalQueue::next_batch() {
  std::vector<JournalEntry> batch;
  tell_of_dropped(batch);
  BatchBounds bounds;
  while (!entries_.empty() && bounds.takes(entries_.front())) batch.push_back(pop());
  return batch;
}

JournalEntry JournalQueue::pop() {
  JournalEntry first = std::move(entries_.front());
  entries_.pop_front();
  bytes_ -= held_bytes(first);
  log_bytes_ -= log_bytes(first);
  return first;
}

void JournalQueue::tell_of_dropped(std::vector<JournalEntry>& batch) {
  if (dropped_ == 0 || entries_.empty()) return;
  const JournalEntry& next = entries_.front();
  batch.push_back({next.timestamp_ms,
                   fmt::format("wsdeep-journal: {} lines are missing here: CloudWatch took none for too long",
                               std::exchange(dropped_, 0)),
                   {}});
}

bool JournalQueue::closed_within(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return closed_; });
}

}  // namespace wsdeep::node
