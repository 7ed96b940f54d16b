#include "auth/live_secret.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/temporary_folder.h"
#include "support/manual_clock.h"

namespace wsdeep::auth {
namespace {

using std::chrono::minutes;

class LiveSecretTest : public ::testing::Test {
 protected:
  void holds(const std::string& text) { std::ofstream(file()) << text; }
  std::string file() const { return (folder_.path() / "secret").string(); }
  bool fits(const std::string& text) {
    return secret_.fits([&](const std::string& one) { return one == text; });
  }

  testing::ManualClock clock_;
  TemporaryFolder folder_;
  LiveSecret secret_{clock_, {"the test's secret", file(), 4}};
};

TEST_F(LiveSecretTest, IsStillGoodForAnHourAfterAnotherTookItsPlace) {
  holds("first\n");
  EXPECT_TRUE(fits("first"));
  EXPECT_FALSE(fits("second"));
  EXPECT_EQ(secret_.previous(), "");
  holds("second\n");
  EXPECT_TRUE(fits("second"));
  EXPECT_EQ(secret_.text(), "second");
  clock_.advance(minutes(60) - std::chrono::milliseconds(1));
  EXPECT_TRUE(fits("first"));
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_FALSE(fits("first"));
  EXPECT_EQ(secret_.previous(), "");
}

TEST_F(LiveSecretTest, TwoBeforeIsNone) {
  for (const char* text : {"first", "second", "third"}) {
    holds(text);
    EXPECT_TRUE(fits(text));
  }
  EXPECT_TRUE(fits("second"));
  EXPECT_FALSE(fits("first"));
}

TEST_F(LiveSecretTest, IsNotReplacedByWhatIsNone) {
  holds("first");
  EXPECT_TRUE(fits("first"));
  for (const char* text : {"", "no"}) {
    holds(text);
    EXPECT_FALSE(fits("other"));
  }
  EXPECT_TRUE(fits("first"));
  EXPECT_EQ(secret_.previous(), "");
}

}  // namespace
}  // namespace wsdeep::auth
