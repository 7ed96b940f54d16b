#include "load/drive/chat_endings.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wsdeep::load {
namespace {

wire::ErrorFrame error_of(const std::string& category) {
  wire::ErrorFrame frame;
  frame.title = "Title";
  frame.text = "text";
  frame.category = category;
  return frame;
}

TEST(ChatEndings, TellRefusalsFromFailuresByTheirCategory) {
  const std::vector<std::pair<const char*, TurnEnd>> rows{
      {"busy", TurnEnd::kRefused},           {"rate_limited", TurnEnd::kRefused}, {"llm_overloaded", TurnEnd::kRefused},
      {"llm_unavailable", TurnEnd::kFailed}, {"llm_timeout", TurnEnd::kFailed},   {"invalid_message", TurnEnd::kFailed},
      {"invalid_input", TurnEnd::kFailed},   {"chat_expired", TurnEnd::kFailed},  {"cancelled", TurnEnd::kFailed},
      {"internal", TurnEnd::kFailed}};
  for (const auto& [category, how] : rows) {
    EXPECT_EQ(ending_of(error_of(category), {}), (ChatEnding{how, category, "Title: text"}));
    EXPECT_EQ(ending_of(error_of(category), {.text_came = true}).how, TurnEnd::kTruncated);
  }
  EXPECT_EQ(ending_of(error_of("cancelled"), {.text_came = true, .cancelled = true}),
            (ChatEnding{TurnEnd::kCancelled, "cancelled"}));
}

TEST(ChatEndings, LetNoPeerAddRowsToTheTable) {
  EXPECT_EQ(ending_of(error_of("made up"), {}), (ChatEnding{TurnEnd::kFailed, "other error", "made up: Title: text"}));
  EXPECT_EQ(ending_of(wire::GatewayNotice{"made up", "c", "r"}, {}),
            (ChatEnding{TurnEnd::kFailed, "gateway error", "made up (request r)"}));
}

TEST(ChatEndings, SayWhenItIsWorthWhileToAskAgain) {
  wire::ErrorFrame frame = error_of("llm_overloaded");
  frame.retry_after_ms = 500;
  EXPECT_EQ(ending_of(frame, {}).detail, "Title: text; retry after 500 ms");
}

TEST(ChatEndings, CutWhatAPeerSaysBetweenCharacters) {
  wire::ErrorFrame frame = error_of("internal");
  frame.title.clear();
  frame.text = std::string(199, 'x').append("ä and more");
  EXPECT_EQ(ending_of(frame, {}).detail, std::string(199, 'x').append("…"));
}

TEST(ChatEndings, NameWhatTheGatewayAndTheConnectionSay) {
  EXPECT_EQ(ending_of(wire::GatewayNotice{"Too Many Requests", "c", "r"}, {}).how, TurnEnd::kRefused);
  EXPECT_EQ(ending_of(wire::GatewayNotice{"Endpoint request timed out", "c", "r"}, {}).reason, "gateway timeout");
  struct Row {
    int status;
    int close_code;
    TurnEnd how;
    const char* reason;
  };
  for (const auto& [status, close_code, how, reason] : std::vector<Row>{{401, 0, TurnEnd::kFailed, "http 401"},
                                                                        {429, 0, TurnEnd::kRefused, "http 429"},
                                                                        {503, 0, TurnEnd::kRefused, "http 503"},
                                                                        {0, 1006, TurnEnd::kFailed, "close 1006"},
                                                                        {0, 0, TurnEnd::kFailed, "not connected"}}) {
    ConnectionRecord connection;
    connection.status = status;
    connection.close_code = close_code;
    connection.reason = reason;
    EXPECT_EQ(ending_of(connection, {.cause = "why"}, {}), (ChatEnding{how, reason, "why"}));
  }
}

}  // namespace
}  // namespace wsdeep::load
