#include "llm/engine/sim_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/utf8.h"

namespace wsdeep::llm {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

LlmRequest asking(std::vector<ChatMessage> messages) {
  LlmRequest request;
  request.messages = std::move(messages);
  return request;
}

TEST(SimText, QuotesTheQuestion) {
  EXPECT_THAT(compose_answer({}, asking({{"user", "Why is\n the sky blue?"}})).text,
              StartsWith("This is the simulated engine, turn 1. You asked: \"Why is the sky blue?\". "));
}

TEST(SimText, QuotesWhatWasSaidBefore) {
  const auto request = asking({{"system", "Be brief."},
                               {"user", "one"},
                               {"assistant", "1"},
                               {"user", "two"},
                               {"assistant", "2"},
                               {"user", "three"}});
  EXPECT_THAT(compose_answer({}, request).text,
              StartsWith("This is the simulated engine, turn 3, with 4 earlier messages. You asked: \"three\". Before "
                         "that you asked: \"two\" and I answered: \"2\". My instructions are: \"Be brief.\". "));
}

TEST(SimText, AnswersAPromptLikeAQuestion) {
  LlmRequest request;
  request.prompt = "hi";
  EXPECT_EQ(compose_answer({}, request).text, compose_answer({}, asking({{"user", "hi"}})).text);
}

TEST(SimText, ShortensALongQuestionBetweenCharacters) {
  std::string question;
  for (int i = 0; i < 5000; ++i) question += "深";
  const std::string text = compose_answer({}, asking({{"user", question}})).text;
  EXPECT_TRUE(is_utf8(text));
  EXPECT_THAT(text, HasSubstr("深深…\""));
  EXPECT_LT(text.size(), 2000u);
}

TEST(SimText, DependsOnSeedParametersAndMessagesOnly) {
  const auto request = asking({{"user", "hi"}});
  const std::string text = compose_answer({}, request).text;
  LlmRequest same = request;
  same.session_id = "other chat";
  same.request_id = "other turn";
  EXPECT_EQ(compose_answer({}, same).text, text);
  LlmRequest warmer = request;
  warmer.parameters.temperature = 1.5;
  EXPECT_NE(compose_answer({}, warmer).text, text);
  SimOptions reseeded;
  reseeded.seed = 2;
  EXPECT_NE(compose_answer(reseeded, request).text, text);
}

TEST(SimText, HasTheLengthThatWasAskedFor) {
  for (const int tokens : {1, 7, 500}) {
    SimOptions options;
    options.tokens = tokens;
    const SimAnswer answer = compose_answer(options, asking({{"user", "hi"}}));
    EXPECT_EQ(count_tokens(answer.text), tokens);
    EXPECT_EQ(answer.finish_reason, "stop");
    EXPECT_TRUE(answer.text.ends_with('.')) << answer.text;
  }
}

TEST(SimText, StopsAtMaxTokens) {
  LlmRequest request = asking({{"user", "hi"}});
  request.parameters.max_tokens = 4;
  const SimAnswer answer = compose_answer({}, request);
  EXPECT_EQ(answer.text, "This is the simulated");
  EXPECT_EQ(answer.finish_reason, "length");
}

TEST(SimText, StopsBeforeTheFirstStopString) {
  LlmRequest request = asking({{"user", "hi"}});
  request.parameters.stop = {"", "nowhere", "turn", "simulated engine"};
  const SimAnswer answer = compose_answer({}, request);
  EXPECT_EQ(answer.text, "This is the ");
  EXPECT_EQ(answer.finish_reason, "stop");
}

TEST(SimText, ReasonsBetweenTagsFirst) {
  SimOptions options;
  options.reasoning = true;
  const SimAnswer answer = compose_answer(options, asking({{"user", "one two three"}}));
  const std::string reasoning = answer.text.substr(0, answer.reasoning_bytes);
  EXPECT_THAT(reasoning, StartsWith("<think>\nThe question has 3 words."));
  EXPECT_TRUE(reasoning.ends_with("\n</think>"));
  EXPECT_THAT(answer.text.substr(answer.reasoning_bytes), StartsWith("\n\nThis is the simulated engine"));
}

TEST(SimText, CountsFourCharactersAsAPromptToken) {
  EXPECT_EQ(compose_answer({}, asking({{"system", "12345678"}, {"user", "ä"}})).prompt_tokens, 3);
}

TEST(SimText, SplitsTextIntoWordsWithTheBlanksBeforeThem) {
  const std::string_view text = "One two\n\nthree ";
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = token_end(text, at);
    tokens.emplace_back(text.substr(at, end - at));
    at = end;
  }
  EXPECT_EQ(tokens, (std::vector<std::string>{"One", " two", "\n\nthree", " "}));
}

}  // namespace
}  // namespace wsdeep::llm
