#include "local/model_failures.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/manual_clock.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;

class ModelFailuresTest : public ::testing::Test {
 protected:
  json last() const { return failures_.failures().back(); }

  testing::ManualClock clock_{5000};
  ModelFailures failures_{clock_};
};

constexpr const char* kFailed =
    R"({"time":"2026-11-30T12:00:00.000Z","level":"info","message":"generate","requestId":"r","chatId":"c","messageId":"m","outcome":"llm_unavailable","cause":"UNAVAILABLE: connection refused"})"
    "\n";

TEST_F(ModelFailuresTest, TellsWhyAQuestionWasNotAnswered) {
  failures_.read("wsdeep-generate", kFailed);
  EXPECT_EQ(failures_.failures(), json::array({{{"atMs", 5000},
                                                {"category", "llm_unavailable"},
                                                {"cause", "UNAVAILABLE: connection refused"},
                                                {"function", "wsdeep-generate"},
                                                {"chatId", "c"},
                                                {"messageId", "m"}}}));
  EXPECT_EQ(failures_.answered_at_ms(), 0);
}

TEST_F(ModelFailuresTest, ReadsLinesInWhateverPiecesTheyCome) {
  const std::string text = fmt::format("not JSON\n[]\n\n{0}{0}", kFailed);
  for (const char one : text) failures_.read("wsdeep-generate", std::string(1, one));
  EXPECT_EQ(failures_.failures().size(), 2U);
}

TEST_F(ModelFailuresTest, KnowsThatTheModelHasAnsweredSince) {
  failures_.read("wsdeep-generate", kFailed);
  clock_.advance(std::chrono::seconds(1));
  failures_.read("wsdeep-generate", R"({"message":"generate","outcome":"completed","messageId":"n"})"
                                    "\n");
  EXPECT_EQ(failures_.answered_at_ms(), 6000);
  EXPECT_EQ(failures_.failures().size(), 1U);
}

TEST_F(ModelFailuresTest, LeavesOutWhatIsNotTheModels) {
  for (const char* outcome : {"cancelled", "busy", "gone", "internal", "chat_expired"})
    failures_.read("wsdeep-generate", fmt::format(R"({{"message":"generate","outcome":"{}","cause":"x"}})"
                                                  "\n",
                                                  outcome));
  failures_.read("wsdeep-generate", R"({"message":"no node yet","cause":"x","outcome":"llm_timeout"})"
                                    "\n");
  failures_.read("wsdeep-message", R"({"message":"generate","cause":"x","outcome":"llm_timeout"})"
                                   "\n");
  EXPECT_TRUE(failures_.failures().empty());
}

TEST_F(ModelFailuresTest, ReadsRestChatsLines) {
  failures_.read("wsdeep-rest-chat", R"({"message":"rest_chat","cause":"llm_timeout: no answer: 1 s","status":500})"
                                     "\n");
  EXPECT_EQ(last()["category"], "llm_timeout");
  EXPECT_EQ(last()["cause"], "no answer: 1 s");
  EXPECT_FALSE(last().contains("messageId"));
  failures_.read("wsdeep-rest-chat", R"({"message":"rest_chat","chatId":"c","ttftMs":3,"stored":true,"status":200})"
                                     "\n");
  EXPECT_EQ(failures_.answered_at_ms(), 5000);
  EXPECT_EQ(failures_.failures().size(), 1U);
}

TEST_F(ModelFailuresTest, KeepsTheLastOnesAndNoLineWithoutAnEnd) {
  for (int at = 0; at < 30; ++at) failures_.read("wsdeep-generate", kFailed);
  EXPECT_EQ(failures_.failures().size(), 20U);
  failures_.read("wsdeep-generate", std::string(100'000, 'x'));
  failures_.read("wsdeep-generate", "\n");
  clock_.advance(std::chrono::seconds(1));
  failures_.read("wsdeep-generate", kFailed);
  EXPECT_EQ(last()["atMs"], 6000);
}

}  // namespace
}  // namespace wsdeep::local
