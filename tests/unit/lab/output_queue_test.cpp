#include "lab/output_queue.h"

#include <gtest/gtest.h>

namespace wsdeep::lab {
namespace {

TEST(OutputQueue, GivesWhatCameTogetherInOneNumberedPiece) {
  OutputQueue queue([] { return std::string(); });
  EXPECT_FALSE(queue.next());
  queue.add("one ");
  queue.add("two");
  const auto first = queue.next();
  EXPECT_FALSE(first->is_screen);
  EXPECT_EQ(first->data, "one two");
  EXPECT_EQ(first->seq, 0U);
  EXPECT_FALSE(queue.has_more());
  queue.add("three");
  EXPECT_EQ(queue.next()->seq, 1U);
}

TEST(OutputQueue, CutsBetweenCharacters) {
  OutputQueue queue([] { return std::string(); });
  std::string text(OutputQueue::kMostInFrame - 1, 'x');
  queue.add(text + "ä");
  EXPECT_EQ(queue.next()->data, text);
  EXPECT_EQ(queue.next()->data, "ä");
}

TEST(OutputQueue, ShowsTheScreenInsteadOfABacklog) {
  std::string screen = "before";
  OutputQueue queue([&screen] { return screen; });
  queue.add("seen");
  EXPECT_EQ(queue.next()->data, "seen");
  queue.add(std::string(OutputQueue::kMostBehind + 1, 'x'));
  queue.add("last");
  screen = "as it is";
  const auto piece = queue.next();
  EXPECT_TRUE(piece->is_screen);
  EXPECT_EQ(piece->data, "as it is");
  EXPECT_EQ(piece->seq, 1U) << "that of the output that comes next";
  EXPECT_FALSE(queue.has_more());
  queue.add("more");
  EXPECT_EQ(queue.next()->seq, 1U);
}

TEST(OutputQueue, SendsTheRestOfALargeScreenAsOutput) {
  const std::string screen(3 * OutputQueue::kMostInFrame, 's');
  OutputQueue queue([&screen] { return screen; });
  queue.start_over();
  EXPECT_TRUE(queue.next()->is_screen);
  EXPECT_EQ(queue.next()->seq, 0U);
  EXPECT_EQ(queue.next()->seq, 1U);
  EXPECT_FALSE(queue.next());
}

TEST(OutputQueue, DoesNotTakeALargeScreenForABacklog) {
  const std::string screen(2 * OutputQueue::kMostBehind, 's');
  OutputQueue queue([&screen] { return screen; });
  queue.start_over();
  queue.next();
  queue.add("a little");
  EXPECT_FALSE(queue.next()->is_screen);
}

}  // namespace
}  // namespace wsdeep::lab
