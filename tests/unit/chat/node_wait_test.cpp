#include "chat/node_wait.h"

#include <gtest/gtest.h>

namespace wsdeep::chat {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

TEST(NodeWait, SaysWhatToExpect) {
  EXPECT_EQ(waiting_text(minutes(8), seconds(0), minutes(10)),
            "The model was asleep and is starting, which takes about 8 minutes. The answer comes by itself.");
  EXPECT_EQ(waiting_text(minutes(8), seconds(90), minutes(8)),
            "The model was asleep and is starting, which takes about 7 minutes. The answer comes by itself.");
  EXPECT_EQ(waiting_text(minutes(8), minutes(7), minutes(3)),
            "The model was asleep and is starting, which takes a minute. The answer comes by itself.");
  EXPECT_EQ(waiting_text(minutes(8), minutes(9), minutes(1)),
            "The model was asleep and is starting; it takes longer than usual. The answer comes by itself.");
  EXPECT_EQ(
      waiting_text(minutes(20), seconds(0), minutes(10)),
      "The model was asleep and is starting, which takes about 20 minutes: longer than this question can wait. If "
      "no answer comes, ask again then.");
}

TEST(NodeWait, SaysWhenToAskAgain) {
  EXPECT_EQ(gave_up_text(time_left(minutes(20), minutes(10))),
            "The model was asleep and is still starting. Please ask again in about 10 minutes.");
  EXPECT_EQ(gave_up_text(time_left(minutes(8), minutes(10))),
            "The model was asleep and is still starting. Please ask again in a minute.");
}

}  // namespace
}  // namespace wsdeep::chat
