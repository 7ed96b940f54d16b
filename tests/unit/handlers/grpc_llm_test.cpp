#include "handlers/grpc_llm.h"

#include <gtest/gtest.h>

#include <atomic>

#include "support/raw_http2_peer.h"
#include "support/scripted_llm_server.h"

namespace wsdeep::handlers {
namespace {

using namespace std::chrono_literals;
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
Heard listen_at(const std::string& url, const LlmRequest& request, std::chrono::milliseconds timeout = kPatience) {
  llm::Client client(llm::ClientTarget{url, ""});
  GrpcLlm model(client);
  const auto reader = model.start(request, timeout);
  Heard heard;
  const SteadyTime until = std::chrono::steady_clock::now() + kPatience;
  do {
    heard.end = reader->next(until);
    for (const LlmChunk& chunk : heard.end.chunks) heard.text += chunk.text;
  } while (heard.end.state == State::kText ||
           (heard.end.state == State::kWaiting && std::chrono::steady_clock::now() < until));
  return heard;
}

Heard listen(const ScriptedLlmServer& server, const LlmRequest& request,
             std::chrono::milliseconds timeout = kPatience) {
  return listen_at(server.url(), request, timeout);
}

LlmRequest asking(std::string cookie = "") {
  LlmRequest request;
  request.messages = {{"user", "hi"}};
  request.sticky_cookie = std::move(cookie);
  return request;
}

TEST(GrpcLlm, GathersTheTextAndItsEnd) {
  std::string model = "unasked";
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
  EXPECT_EQ(model, "") << "a node has one model, and this is its name for it";
}

TEST(GrpcLlm, TellsFailuresInTheContractsCategories) {
  for (const auto& [code, category] : {std::pair(grpc::StatusCode::UNAVAILABLE, "llm_unavailable"),
                                       {grpc::StatusCode::RESOURCE_EXHAUSTED, "llm_overloaded"},
                                       {grpc::StatusCode::DEADLINE_EXCEEDED, "llm_timeout"},
                                       {grpc::StatusCode::INTERNAL, "llm_unavailable"},
                                       {grpc::StatusCode::FAILED_PRECONDITION, "llm_unavailable"},
                                       {grpc::StatusCode::DATA_LOSS, "llm_unavailable"},
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

struct Refusal {
  grpc::StatusCode code;
  const char* hint;  ///< null: none
};
/// What comes of a question whose first call is refused so.
struct RetryCase {
  const char* name;
  Refusal refusal;
  const char* cookie;
  std::chrono::milliseconds timeout;
  int calls;
  std::chrono::milliseconds at_least;  ///< between the calls
};

TEST(GrpcLlm, TriesAFullOrGoneNodeOnceElsewhere) {
  using grpc::StatusCode;
  constexpr std::chrono::milliseconds kLong{10'000};
  const std::vector<RetryCase> cases = {
      {"dead, by its cookie", {StatusCode::UNAVAILABLE, nullptr}, "lb=1", kLong, 2, 0ms},
      {"full, by its cookie", {StatusCode::RESOURCE_EXHAUSTED, "2500"}, "lb=1", kLong, 2, 0ms},
      {"full, by chance", {StatusCode::RESOURCE_EXHAUSTED, "80"}, "", kLong, 2, 80ms},
      {"full, for too long", {StatusCode::RESOURCE_EXHAUSTED, "3001"}, "", kLong, 1, 0ms},
      {"full, for longer than there is time", {StatusCode::RESOURCE_EXHAUSTED, "2500"}, "", 1000ms, 1, 0ms},
      {"full, without a hint", {StatusCode::RESOURCE_EXHAUSTED, nullptr}, "", kLong, 1, 0ms},
      {"draining, by chance", {StatusCode::UNAVAILABLE, "0"}, "", kLong, 2, 0ms},
      {"dead, by chance", {StatusCode::UNAVAILABLE, nullptr}, "", kLong, 1, 0ms},
      {"hostile hint", {StatusCode::RESOURCE_EXHAUSTED, "-5"}, "", kLong, 1, 0ms},
      {"hint that is no number", {StatusCode::RESOURCE_EXHAUSTED, "soon"}, "", kLong, 1, 0ms},
      {"endless hint", {StatusCode::RESOURCE_EXHAUSTED, "99999999999999999999"}, "", kLong, 1, 0ms},
      {"another question may do", {StatusCode::INVALID_ARGUMENT, "0"}, "lb=1", kLong, 1, 0ms},
      {"cut off", {StatusCode::DATA_LOSS, "0"}, "lb=1", kLong, 1, 0ms},
  };
  for (const RetryCase& row : cases) {
    std::vector<SteadyTime> calls;
    std::vector<std::string> cookies;
    const ScriptedLlmServer server([&](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer& writer) {
      calls.push_back(std::chrono::steady_clock::now());
      const auto cookie = context.client_metadata().find("cookie");
      cookies.emplace_back(
          cookie == context.client_metadata().end() ? "" : std::string(cookie->second.data(), cookie->second.size()));
      if (calls.size() > 1) {
        say(writer, "Hello");
        return grpc::Status::OK;
      }
      if (row.refusal.hint != nullptr) context.AddTrailingMetadata("grpc-retry-pushback-ms", row.refusal.hint);
      return grpc::Status(row.refusal.code, "as scripted");
    });
    const Heard heard = listen(server, asking(row.cookie), row.timeout);
    ASSERT_EQ(calls.size(), static_cast<std::size_t>(row.calls)) << row.name;
    EXPECT_EQ(cookies.front(), row.cookie) << row.name;
    EXPECT_EQ(heard.end.state, row.calls == 2 ? State::kEnded : State::kFailed) << row.name;
    if (row.calls < 2) continue;
    EXPECT_EQ(cookies.back(), "") << row.name;
    EXPECT_GE(calls.back() - calls.front(), row.at_least) << row.name;
  }
}

TEST(GrpcLlm, AsksOnceMoreAndNoMoreWhenItsConnectionEndsBeforeTheAnswer) {
  const auto ending = [](test::RawSocket& socket) {
    test::http2::await_request(socket);
    socket.end_of_sending();
  };
  {
    const test::http2::Peer peer({ending, test::http2::answering(test::http2::good_answer("Hello"))});
    const Heard heard = listen_at(peer.url(), asking());
    EXPECT_EQ(heard.end.state, State::kEnded) << heard.end.failure.cause;
    EXPECT_EQ(heard.text, "Hello");
  }
  const test::http2::Peer peer({ending, ending});
  const Heard heard = listen_at(peer.url(), asking());
  EXPECT_EQ(heard.end.state, State::kFailed);
  EXPECT_EQ(heard.end.failure.category, "llm_unavailable");
  EXPECT_EQ(peer.connections, 2);
}

TEST(GrpcLlm, TellsTheSecondRefusalWithItsHint) {
  std::atomic<int> calls = 0;
  const ScriptedLlmServer server([&](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer&) {
    context.AddTrailingMetadata("grpc-retry-pushback-ms", ++calls == 1 ? "10" : "2400");
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "all 4 slots busy, 16 waiting; expected wait 2.4 s");
  });
  const Heard heard = listen(server, asking("lb=full"));
  EXPECT_EQ(heard.end.failure.category, "llm_overloaded");
  EXPECT_EQ(heard.end.failure.retry_after, 2400ms);
  EXPECT_FALSE(heard.end.failure.handed_over);
  EXPECT_EQ(calls, 2);
}

TEST(GrpcLlm, LeavesTheConnectionOfANodeThatDrains) {
  std::vector<std::string> peers;
  const ScriptedLlmServer server([&](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer& writer) {
    peers.push_back(context.peer());
    if (peers.size() > 1) {
      say(writer, "Hello");
      return grpc::Status::OK;
    }
    context.AddTrailingMetadata("wsdeep-draining", "1");
    context.AddTrailingMetadata("grpc-retry-pushback-ms", "0");
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the node is draining");
  });
  EXPECT_EQ(listen(server, asking()).text, "Hello");
  ASSERT_EQ(peers.size(), 2U);
  EXPECT_NE(peers.front(), peers.back()) << "a balancer chooses by the connection";
}

TEST(GrpcLlm, KnowsAStreamThatItsNodeHandsOver) {
  for (const bool drains : {true, false}) {
    const ScriptedLlmServer server([&](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer& writer) {
      say(writer, "Hel");
      if (drains) context.AddTrailingMetadata("wsdeep-draining", "1");
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the node is draining");
    });
    const Heard heard = listen(server, asking("lb=1"));
    EXPECT_EQ(heard.text, "Hel");
    EXPECT_EQ(heard.end.failure.handed_over, drains);
    EXPECT_EQ(heard.end.failure.category, "llm_unavailable");
  }
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
