#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "node/journal_entry.h"

namespace wsdeep::node {

/// Between the thread that reads the journal and the one that sends it. It holds so many bytes at most: when CloudWatch
/// takes nothing for a while, the oldest entries go, and who takes the next ones is told how many.
class JournalQueue {
 public:
  explicit JournalQueue(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  void push(JournalEntry entry);
  /// Nothing comes any more.
  void close();

  /// What one call of PutLogEvents takes, in the order in which it came; waits for the first entry, and then for others
  /// for as long as `linger`, or until they are more than a call takes. Empty: that was all.
  std::vector<JournalEntry> take(std::chrono::milliseconds linger);
  /// Waits so long, or until nothing comes any more; true in that case.
  bool closed_within(std::chrono::milliseconds time);

 private:
  bool is_more_than_a_call() const;
  std::vector<JournalEntry> next_batch();
  JournalEntry pop();
  void tell_of_dropped(std::vector<JournalEntry>& batch);

  const std::size_t max_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<JournalEntry> entries_;
  std::size_t bytes_ = 0;
  std::size_t log_bytes_ = 0;  ///< as CloudWatch counts them
  std::size_t dropped_ = 0;
  bool closed_ = false;
};

}  // namespace wsdeep::node
