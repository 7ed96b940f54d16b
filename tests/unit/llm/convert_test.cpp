#include "llm/convert.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"

namespace wsdeep::llm {
namespace {

using grpc::Status;
using grpc::StatusCode;

::llm::LLMRequest proto_asking(const std::string& prompt) {
  ::llm::LLMRequest request;
  request.set_prompt(prompt);
  return request;
}

TEST(Convert, CarriesEveryFieldThereAndBack) {
  LlmRequest request;
  request.messages = {{"system", "be brief"}, {"user", "hi"}};
  request.prompt = "system: be brief\nuser: hi\nassistant:";
  request.parameters = {0.5, 100, 0.25, 40, 0.75, -0.5, 1.5, {"END", "\n"}, 7};
  request.model = "deepseek";
  request.session_id = "chat-1";
  request.request_id = "turn-1";

  const LlmRequest back = from_proto(to_proto(request));

  EXPECT_EQ(back.messages, request.messages);
  EXPECT_EQ(back.parameters, request.parameters);
  EXPECT_EQ(std::tie(back.prompt, back.model, back.session_id, back.request_id),
            std::tie(request.prompt, request.model, request.session_id, request.request_id));
}

TEST(Convert, FillsThePromptFromTheMessagesForOldServers) {
  LlmRequest request;
  request.messages = {{"user", "hi"}};
  EXPECT_EQ(to_proto(request).prompt(), "hi");
  request.messages = {{"user", "hi"}, {"assistant", "hello"}, {"user", "again"}};
  EXPECT_EQ(to_proto(request).prompt(), "user: hi\nassistant: hello\nuser: again\nassistant:");
}

TEST(Convert, TurnsAnOldClientsPromptIntoOneUserMessage) {
  EXPECT_EQ(from_proto(proto_asking("hi")).messages, (std::vector<ChatMessage>{{"user", "hi"}}));
}

TEST(Convert, RefusesToSendTextThatIsNotUtf8) {
  LlmRequest request;
  request.messages = {{"user", "\xFF"}};
  EXPECT_THROW(to_proto(request), Error);
}

TEST(Convert, ChecksWhatANodeIsAsked) {
  const auto words = [](const ::llm::LLMRequest& request) { return check(request).error_message(); };
  EXPECT_EQ(words(proto_asking("hi")), "");
  EXPECT_EQ(words({}), "neither messages nor a prompt");
  ::llm::LLMRequest request = proto_asking("hi");
  request.add_messages()->set_role("root");
  EXPECT_EQ(words(request), "a message's role is not system, user or assistant");
  request = proto_asking("hi");
  request.mutable_parameters()->set_max_tokens(0);
  EXPECT_EQ(words(request), "max_tokens is less than 1");
  request.mutable_parameters()->set_max_tokens(1);
  request.mutable_parameters()->set_temperature(std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(words(request), "a parameter is not a finite number");
  EXPECT_EQ(words(proto_asking(std::string(5 << 20, 'x'))), "the request is larger than 4 MB");
  EXPECT_EQ(check({}).error_code(), StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace wsdeep::llm
