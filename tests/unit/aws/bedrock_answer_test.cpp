#include "aws/bedrock_answer.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/error.h"
#include "support/event_messages.h"

namespace wsdeep::aws {
namespace {

using testing::bedrock_event;
using testing::bedrock_exception;
using testing::event_message;
using Kind = BedrockAnswer::Kind;

/// What becomes of an answer.
struct Answered {
  std::vector<LlmChunk> chunks;
  LlmResult result;
  std::optional<BedrockFailure> failure;

  std::string cause() const { return failure ? failure->cause : ""; }
};

Answered answered(Kind kind, const std::string& bytes, bool whole = true) {
  EventStreamDecoder decoder;
  BedrockAnswer answer(kind);
  decoder.feed(bytes);
  while (const auto message = decoder.next()) answer.take(*message);
  Answered out;
  out.failure = answer.finish(whole);
  out.chunks = answer.take_chunks();
  out.result = answer.result();
  return out;
}

std::string text_delta(const std::string& text) {
  return bedrock_event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":")" + text + R"("},"p":"abc"})");
}
std::string stop(const std::string& reason) {
  return bedrock_event("messageStop", R"({"stopReason":")" + reason + R"("})");
}
std::string part(const std::string& bytes) {
  return bedrock_event("chunk", R"({"bytes":")" + base64(bytes) + R"("})");
}

TEST(BedrockAnswer, TellsTextAndReasoningApartAndWhatTheyCost) {
  const std::string thinks =
      bedrock_event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm"}}})");
  const std::string signs = bedrock_event(
      "contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"c2ln"}}})");
  const std::string usage = bedrock_event(
      "metadata",
      R"({"usage":{"inputTokens":3,"outputTokens":7,"totalTokens":60,"cacheReadInputTokens":40,"cacheWriteInputTokens":10},"metrics":{"latencyMs":1}})");
  const Answered out =
      answered(Kind::kModel, bedrock_event("messageStart", R"({"role":"assistant"})") + thinks + signs +
                                 text_delta("Hel") + text_delta("lo") + stop("end_turn") + usage);
  EXPECT_EQ(out.chunks, (std::vector<LlmChunk>{{"hm", true}, {"Hello", false}}));
  EXPECT_EQ(out.result.finish_reason, "stop");
  EXPECT_EQ(out.result.usage, (Usage{53, 7, 40, {}}));
  EXPECT_EQ(out.cause(), "");
}

TEST(BedrockAnswer, SaysHowItEndedInOurWords) {
  for (const auto& [theirs, ours] : {std::pair{"end_turn", "stop"},
                                     {"stop_sequence", "stop"},
                                     {"max_tokens", "length"},
                                     {"model_context_window_exceeded", "length"},
                                     {"guardrail_intervened", "content_filter"},
                                     {"content_filtered", "content_filter"},
                                     {"tool_use", "tool_calls"},
                                     {"something_new", "something_new"}})
    EXPECT_EQ(answered(Kind::kModel, text_delta("x") + stop(theirs)).result.finish_reason, ours);
}

TEST(BedrockAnswer, IsNoAnswerWhenItIsCut) {
  EXPECT_EQ(answered(Kind::kModel, text_delta("Hel")).cause(), "the answer broke off");
  EXPECT_EQ(answered(Kind::kModel, "").cause(), "the answer broke off");
  EXPECT_EQ(answered(Kind::kModel, text_delta("Hel") + stop("end_turn"), false).cause(), "");
  EXPECT_EQ(answered(Kind::kAgent, part("Hel"), false).cause(), "the answer broke off");
  EXPECT_EQ(answered(Kind::kAgent, "").cause(), "the answer broke off");
}

TEST(BedrockAnswer, WithheldIsAFailureThatIsToldToWhoeverAsked) {
  const Answered out = answered(Kind::kModel, stop("guardrail_intervened"));
  ASSERT_TRUE(out.failure);
  EXPECT_EQ(out.failure->fault, BedrockFault::kInvalid);
  EXPECT_NE(out.failure->words, "");
}

TEST(BedrockAnswer, EndsWithAnErrorOfTheStream) {
  struct Row {
    const char* type;
    BedrockFault fault;
    bool may_pass;
  };
  for (const Row& row : {Row{"throttlingException", BedrockFault::kOverloaded, true},
                         {"serviceUnavailableException", BedrockFault::kUnavailable, true},
                         {"internalServerException", BedrockFault::kUnavailable, true},
                         {"modelStreamErrorException", BedrockFault::kUnavailable, true},
                         {"badGatewayException", BedrockFault::kUnavailable, true},
                         {"dependencyFailedException", BedrockFault::kUnavailable, false},
                         {"validationException", BedrockFault::kInvalid, false},
                         {"accessDeniedException", BedrockFault::kMisconfigured, false},
                         {"resourceNotFoundException", BedrockFault::kMisconfigured, false},
                         {"serviceQuotaExceededException", BedrockFault::kOverloaded, false},
                         {"conflictException", BedrockFault::kOverloaded, true},
                         {"somethingNewException", BedrockFault::kUnavailable, false}}) {
    const Answered out =
        answered(Kind::kModel, bedrock_exception(row.type, R"({"message":"why"})") + text_delta("late"));
    ASSERT_TRUE(out.failure) << row.type;
    EXPECT_EQ(out.failure->fault, row.fault) << row.type;
    EXPECT_EQ(out.failure->may_pass, row.may_pass) << row.type;
    EXPECT_EQ(out.failure->cause, std::string("Bedrock says ") + row.type + ": why");
    EXPECT_TRUE(out.chunks.empty());
  }
  const std::string error =
      event_message({{":message-type", "error"}, {":error-code", "InternalFailure"}, {":error-message", "oops"}}, "");
  EXPECT_EQ(answered(Kind::kModel, error).cause(), "Bedrock says InternalFailure: oops");
}

TEST(BedrockAnswer, AModelThatCannotBeAskedIsNoFaultOfTheQuestion) {
  const auto fault = [](const std::string& message) {
    return answered(Kind::kModel, bedrock_exception("validationException", R"({"message":")" + message + R"("})"))
        .failure.value();
  };
  EXPECT_EQ(fault("Input is too long for requested model.").fault, BedrockFault::kInvalid);
  EXPECT_EQ(fault("Input is too long for requested model.").words, "Input is too long for requested model.");
  EXPECT_EQ(fault("The provided model identifier is invalid.").fault, BedrockFault::kMisconfigured);
  EXPECT_EQ(fault("The provided model identifier is invalid.").words, "");
}

TEST(BedrockAnswer, PutsAnAgentsBytesTogether) {
  const std::string word = "Grüße 😀";
  std::string parts;
  for (const char c : word) parts += part(std::string(1, c));
  const Answered out = answered(Kind::kAgent, parts + part("\xff"));
  ASSERT_EQ(out.chunks.size(), 1u);
  EXPECT_EQ(out.chunks[0].text, word + "\xEF\xBF\xBD");
  EXPECT_EQ(out.result.finish_reason, "stop");
}

TEST(BedrockAnswer, ReadsOfAnAgentsTraceWhatItCostAndNotWhatItThought) {
  const auto trace = [](const std::string& inside) {
    return bedrock_event("trace", R"({"sessionId":"s","trace":{)" + inside + "}}");
  };
  const std::string usage = R"("modelInvocationOutput":{"metadata":{"usage":{"inputTokens":10,"outputTokens":2}}})";
  const Answered out =
      answered(Kind::kAgent, trace(R"("preProcessingTrace":{)" + usage + "}") +
                                 trace(R"("orchestrationTrace":{)" + usage + "}") +
                                 trace(R"("orchestrationTrace":{"rationale":{"text":"its own business"}})") +
                                 part("Hi") + trace(R"("guardrailTrace":{"action":"INTERVENED"})"));
  EXPECT_EQ(out.chunks, (std::vector<LlmChunk>{{"Hi", false}}));
  EXPECT_EQ(out.result.usage, (Usage{20, 4, {}, {}}));
  EXPECT_EQ(out.result.finish_reason, "content_filter");
}

TEST(BedrockAnswer, NamesWhatAnAgentDoesThatIsNoText) {
  const Answered files =
      answered(Kind::kAgent, bedrock_event("files", R"({"files":[{"name":"a.csv","bytes":"YQ=="}]})"));
  ASSERT_EQ(files.chunks.size(), 1u);
  EXPECT_NE(files.chunks[0].text.find("a.csv"), std::string::npos);
  EXPECT_EQ(answered(Kind::kAgent, bedrock_event("returnControl", "{}")).cause(),
            "the agent hands control back to the application, to have an action done");
  EXPECT_EQ(answered(Kind::kAgent, bedrock_event("trace", "{}")).cause(), "the agent ended without an answer");
}

TEST(BedrockAnswer, LeavesWhatIsNewAndRefusesWhatIsMalformed) {
  EXPECT_EQ(
      answered(Kind::kModel, bedrock_event("somethingNew", "no JSON") + text_delta("x") + stop("end_turn")).cause(),
      "");
  for (const std::string& bytes :
       {bedrock_event("messageStop", "{"), bedrock_event("messageStop", "{}"), bedrock_event("contentBlockDelta", "[]"),
        bedrock_event("contentBlockDelta", R"({"delta":{"text":5}})"), event_message({{":message-type", "new"}}, "")})
    EXPECT_THROW(answered(Kind::kModel, bytes), Error);
  EXPECT_THROW(answered(Kind::kAgent, bedrock_event("chunk", R"({"bytes":"!"})")), Error);
}

}  // namespace
}  // namespace wsdeep::aws
