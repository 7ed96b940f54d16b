#include "handlers/grpc_llm.h"

#include <gtest/gtest.h>

#include <atomic>

#include "support/scripted_llm_server.h"

namespace wsdeep::handlers {
namespace {

using State = chat::LlmReader::State;
using testing::ScriptedLlmServer;
using Writer = grpc::ServerWriter<::llm::LLMResponse>;

constexpr std::chrono::seconds kPatience{10};

void say(Writer& writer, const std::string& text) {
  ::llm::LLMResponse response;
  response.set_text(text);
  writer.Write(response);
}

/// The text of a whole stream, and what ended it.
struct Heard {
  std::string text;
  chat::LlmReader::Event end;
};
Heard listen(const ScriptedLlmServer& server, const LlmRequest& request) {
  llm::Client client(llm::ClientTarget{server.url(), ""});
  GrpcLlm model(client, "usual-model");
  const auto reader = model.start(request, kPatience);
  Heard heard;
  const SteadyTime until = std::chrono::steady_clock::now() + kPatience;
  do {
    heard.end = reader->next(until);
    for (const LlmChunk& chunk : heard.end.chunks) heard.text += chunk.text;
  } while (heard.end.state == State::kText ||
           (heard.end.state == State::kWaiting && std::chrono::steady_clock::now() < until));
  return heard;
}

LlmRequest asking(std::string cookie = "") {
  LlmRequest request;
  request.messages = {{"user", "hi"}};
  request.sticky_cookie = std::move(cookie);
  return request;
}

TEST(GrpcLlm, GathersTheTextAndItsEnd) {
  std::string model;
  const ScriptedLlmServer server([&](grpc::ServerContext&, const ::llm::LLMRequest& request, Writer& writer) {
    model = request.model();
    say(writer, "Hel");
    say(writer, "lo");
    return grpc::Status::OK;
  });
  const Heard heard = listen(server, asking());
  EXPECT_EQ(heard.text, "Hello");
  EXPECT_EQ(heard.end.state, State::kEnded);
  EXPECT_EQ(heard.end.result.finish_reason, "stop");
  EXPECT_EQ(model, "usual-model");
}

TEST(GrpcLlm, TellsFailuresInTheContractsCategories) {
  for (const auto& [code, category] : {std::pair(grpc::StatusCode::UNAVAILABLE, "llm_unavailable"),
                                       {grpc::StatusCode::RESOURCE_EXHAUSTED, "llm_overloaded"},
                                       {grpc::StatusCode::DEADLINE_EXCEEDED, "llm_timeout"},
                                       {grpc::StatusCode::INTERNAL, "llm_unavailable"},
                                       {grpc::StatusCode::UNKNOWN, "llm_unavailable"},
                                       {grpc::StatusCode::UNIMPLEMENTED, "llm_unavailable"}}) {
    const ScriptedLlmServer server([code = code](grpc::ServerContext&, const ::llm::LLMRequest&, Writer&) {
      return grpc::Status(code, "as scripted");
    });
    const Heard heard = listen(server, asking());
    EXPECT_EQ(heard.end.state, State::kFailed);
    EXPECT_EQ(heard.end.failure.category, category);
  }
}

TEST(GrpcLlm, AsksOnceMoreWithoutTheCookieOfADeadNode) {
  std::atomic<int> calls = 0;
  const ScriptedLlmServer server([&](grpc::ServerContext&, const ::llm::LLMRequest&, Writer& writer) {
    if (++calls == 1) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "no such node");
    say(writer, "Hello");
    return grpc::Status::OK;
  });
  EXPECT_EQ(listen(server, asking("lb=dead")).text, "Hello");
  EXPECT_EQ(calls, 2);
}

TEST(GrpcLlm, DoesNotAskAgainOnceTextHasCome) {
  std::atomic<int> calls = 0;
  const ScriptedLlmServer server([&](grpc::ServerContext&, const ::llm::LLMRequest&, Writer& writer) {
    ++calls;
    say(writer, "Hel");
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "died");
  });
  const Heard heard = listen(server, asking("lb=1"));
  EXPECT_EQ(heard.text, "Hel");
  EXPECT_EQ(heard.end.failure.category, "llm_unavailable");
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace wsdeep::handlers
