#include "node/journal_queue.h"

#include <gtest/gtest.h>

#include "aws/logs.h"

namespace wsdeep::node {
namespace {

using namespace std::chrono_literals;

JournalEntry entry(std::int64_t timestamp, std::string message) {
  return {timestamp, std::move(message), "c"};
}

std::vector<std::string> messages(const std::vector<JournalEntry>& entries) {
  std::vector<std::string> found;
  for (const JournalEntry& one : entries) found.push_back(one.message);
  return found;
}

TEST(JournalQueue, GivesWhatCameInItsOrderAndThenTheEnd) {
  JournalQueue queue(1000);
  queue.push(entry(2, "a"));
  queue.push(entry(1, "b"));
  EXPECT_EQ(messages(queue.take(0ms)), (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(queue.closed_within(0ms));
  queue.close();
  EXPECT_TRUE(queue.closed_within(0ms));
  EXPECT_TRUE(queue.take(0ms).empty());
}

TEST(JournalQueue, DropsTheOldestAndSaysHowMany) {
  JournalQueue queue(2500);
  for (int i = 0; i < 5; ++i) queue.push(entry(i, std::string(800, static_cast<char>('a' + i))));
  const auto batch = queue.take(0ms);
  ASSERT_EQ(batch.size(), 3u);
  EXPECT_EQ(batch[0],
            (JournalEntry{3, "wsdeep-journal: 3 lines are missing here: CloudWatch took none for too long", ""}));
  EXPECT_EQ(batch[1].message, std::string(800, 'd'));
  queue.push(entry(6, "f"));
  EXPECT_EQ(messages(queue.take(0ms)), std::vector<std::string>{"f"}) << "it says so once";
}

TEST(JournalQueue, GivesNoMoreThanOneCallTakes) {
  JournalQueue queue(64 << 20);
  for (int i = 0; i < 12'000; ++i) queue.push(entry(i, "x"));
  EXPECT_EQ(queue.take(0ms).size(), aws::kMaxLogBatchEvents - 1);
  EXPECT_EQ(queue.take(0ms).size(), 12'000 - aws::kMaxLogBatchEvents + 1);
  for (int i = 0; i < 6; ++i) queue.push(entry(i, std::string(aws::kMaxLogEventBytes, 'x')));
  EXPECT_EQ(queue.take(0ms).size(), 3u) << "four fill a call, and the note has its place";
  EXPECT_EQ(queue.take(0ms).size(), 3u);
}

TEST(JournalQueue, LingersForMoreOnlyWhileACallHasRoom) {
  JournalQueue queue(64 << 20);
  for (int i = 0; i < 12'000; ++i) queue.push(entry(i, "x"));
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(queue.take(60s).size(), aws::kMaxLogBatchEvents - 1);
  for (int i = 0; i < 4; ++i) queue.push(entry(i, std::string(aws::kMaxLogEventBytes, 'x')));
  EXPECT_GT(queue.take(60s).size(), 0u);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 30s);
}

TEST(JournalQueue, GivesNoMoreThanADayAtOnce) {
  JournalQueue queue(1000);
  queue.push(entry(5, "a"));
  queue.push(entry(0, "b"));
  queue.push(entry(aws::kMaxLogBatchSpanMs + 1, "c"));
  EXPECT_EQ(messages(queue.take(0ms)), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(messages(queue.take(0ms)), std::vector<std::string>{"c"});
}

}  // namespace
}  // namespace wsdeep::node
