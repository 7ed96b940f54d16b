#include "handlers/rest_bodies.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace wsdeep::handlers {
namespace {

chat::RestAnswer answer_of_a_chat() {
  chat::RestAnswer answer;
  answer.response = "yes";
  answer.chat.id = "c-1";
  answer.chat.user_id = "u-1";
  answer.chat.title = "Is it?";
  answer.chat.created_at = answer.chat.updated_at = "2024-01-01T12:00:00Z";
  answer.chat.messages = {{"user", "Is it?"}, {"assistant", "yes"}};
  return answer;
}

constexpr const char* kChat =
    R"({"response":"yes","chat":{"id":"c-1","user_id":"u-1","title":"Is it?","created_at":"2024-01-01T12:00:00Z",)"
    R"("updated_at":"2024-01-01T12:00:00Z","messages":[{"role":"user","content":"Is it?"},)"
    R"({"role":"assistant","content":"yes"}]})";

TEST(RestBodies, AnAnswerHasTheDocumentsFieldsAlone) {
  EXPECT_EQ(rest_answer_json(answer_of_a_chat()), fmt::format("{}}}", kChat));
}

TEST(RestBodies, SaysThatAnAnswerWasNotStoredAndNotWhy) {
  chat::RestAnswer answer = answer_of_a_chat();
  answer.stored = false;
  answer.cause = "cannot store the answer: the table's own words";
  EXPECT_EQ(rest_answer_json(answer), fmt::format("{},\"stored\":false}}", kChat));
}

}  // namespace
}  // namespace wsdeep::handlers
