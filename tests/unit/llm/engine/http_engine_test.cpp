#include "llm/engine/http_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/error.h"
#include "support/llm_stream_log.h"
#include "support/scripted_http_server.h"
#include "support/silent_listener.h"

namespace wsdeep::llm {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using ::testing::HasSubstr;
using testing::ScriptedHttpServer;
using testing::StreamLog;

LlmRequest asking() {
  LlmRequest request;
  request.messages = {{"user", "hi"}};
  request.model = "m";
  return request;
}

/// The server takes one connection at a time, and each of the engine's threads has its own.
const net::Headers kClose{{"Connection", "close"}};

/// Asks for the engine's health once, and answers what the test scripts afterwards.
struct Before {
  Before() {
    server.expect(404, "");
    server.expect(200, R"({"data":[{"id":"m"}]})", kClose);
    HttpEngineOptions options;
    options.url = server.url() + "/";
    options.health_interval = 1h;
    engine = make_http_engine(options);
    EXPECT_TRUE(eventually([&] { return engine->status().healthy; }));
  }
  /// What becomes of an answer with this body.
  LlmOutcome outcome_of(int status, const std::string& body) {
    server.expect(status, body, kClose);
    StreamLog log;
    const auto generation = engine->start(asking(), log.engine_events());
    const LlmOutcome outcome = log.wait_for_end();
    text = log.text();
    return outcome;
  }

  ScriptedHttpServer server;
  std::unique_ptr<Engine> engine;
  std::string text;
};

constexpr const char* kAnswer =
    "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n"
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

TEST(HttpEngine, AnswersOneAfterTheOther) {
  Before before;
  for (int i = 0; i < 2; ++i) {
    const LlmOutcome outcome = before.outcome_of(200, kAnswer);
    EXPECT_TRUE(outcome.ok) << outcome.cause;
    EXPECT_EQ(outcome.result.finish_reason, "stop");
    EXPECT_EQ(before.text, "Hi");
  }
  EXPECT_EQ(before.server.last_request().target, "/v1/chat/completions");
  EXPECT_EQ(before.engine->status().active, 0);
}

TEST(HttpEngine, TellsWhyAnAnswerIsNone) {
  Before before;
  struct Case {
    int status;
    std::string body;
    LlmFault fault;
    const char* cause;
  };
  for (const Case& c : {Case{400, R"({"message":"too long"})", LlmFault::kInvalid, "the engine answers 400: too long"},
                        {401, "", LlmFault::kMisconfigured, "it wants a key, and WSDEEP_ENGINE_API_KEY has none"},
                        {404, R"({"error":{"message":"no model"}})", LlmFault::kUnavailable, "answers 404: no model"},
                        {429, "busy", LlmFault::kOverloaded, "the engine answers 429: busy"},
                        {500, "", LlmFault::kInternal, "the engine answers 500"},
                        {503, "", LlmFault::kUnavailable, "the engine answers 503"},
                        {504, "", LlmFault::kTimeout, "the engine answers 504"},
                        {200, "", LlmFault::kCutOff, "ended before it was whole"},
                        {200, "<title>Sign in</title>", LlmFault::kUnavailable, "a page instead of an answer: Sign in"},
                        {200, "data: {\n", LlmFault::kCutOff, "ended before it was whole"},
                        {200, "data: {\"error\":\"cuda\"}\n", LlmFault::kInternal, "the engine failed: cuda"},
                        {429, "{\"error\":\"busy\"}\n", LlmFault::kOverloaded, "the engine answers 429: busy"},
                        {200, std::string(2 << 20, 'x'), LlmFault::kCutOff, "ended before it was whole"}}) {
    const LlmOutcome outcome = before.outcome_of(c.status, c.body);
    EXPECT_FALSE(outcome.ok);
    EXPECT_EQ(outcome.fault, c.fault) << c.cause;
    EXPECT_THAT(outcome.cause, HasSubstr(c.cause));
  }
}

TEST(HttpEngine, PassesOnWhenToAskAgain) {
  Before before;
  before.server.expect(503, R"({"error":"The request queue is full."})",
                       {{"Connection", "close"}, {"Retry-After", "7"}});
  StreamLog log;
  const auto generation = before.engine->start(asking(), log.engine_events());
  const LlmOutcome outcome = log.wait_for_end();
  EXPECT_EQ(outcome.fault, LlmFault::kOverloaded);
  EXPECT_EQ(outcome.retry_after, 7s);
}

TEST(HttpEngine, IsUnavailableWhileNobodyListens) {
  HttpEngineOptions options;
  options.url = "http://127.0.0.1:1";
  const auto engine = make_http_engine(options);
  EXPECT_TRUE(eventually([&] { return engine->status().reason.find("cannot reach") != std::string::npos; }));
  EXPECT_FALSE(engine->status().healthy);
  StreamLog log;
  const auto generation = engine->start(asking(), log.engine_events());
  EXPECT_EQ(log.wait_for_end().fault, LlmFault::kUnavailable);
}

/// An engine that answers when it is released.
struct Stuck {
  Stuck() {
    before.server.expect([this](const net::HttpRequest&) {
      asked.set_value();
      release.get_future().wait();
      return net::HttpResponse{200, {}, kAnswer};
    });
  }

  std::promise<void> asked, release;  // the server waits for them until it is gone
  Before before;
};

TEST(HttpEngine, FreesTheSlotOfACancelledGenerationAtOnce) {
  Stuck stuck;
  StreamLog log;
  const auto generation = stuck.before.engine->start(asking(), log.engine_events());
  stuck.asked.get_future().wait();
  EXPECT_EQ(stuck.before.engine->status().active, 1);
  generation->cancel();
  EXPECT_EQ(stuck.before.engine->status().active, 0);
  EXPECT_EQ(log.wait_for_end().fault, LlmFault::kCancelled);
  stuck.release.set_value();
}

TEST(HttpEngine, TellsNothingAnyMoreWhenTheGenerationIsGone) {
  Stuck stuck;
  StreamLog log;
  auto generation = stuck.before.engine->start(asking(), log.engine_events());
  stuck.asked.get_future().wait();
  generation.reset();
  stuck.release.set_value();
  stuck.before.engine.reset();
  EXPECT_FALSE(log.ended());
}

TEST(HttpEngine, TellsThatAnEngineSaysNothingMore) {
  test::SilentListener listener;
  HttpEngineOptions options;
  options.url = listener.url();
  options.model = "m";
  options.health_interval = 1h;
  options.silence_limit = 1s;
  const auto engine = make_http_engine(options);
  listener.accept().read_until("\r\n\r\n");  // who asks for its health is hung up on
  StreamLog log;
  const auto generation = engine->start(asking(), log.engine_events());
  auto peer = listener.accept();
  peer.read_until("\r\n\r\n");
  peer.send("HTTP/1.1 200 OK\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n");
  const LlmOutcome outcome = log.wait_for_end();
  EXPECT_EQ(outcome.fault, LlmFault::kTimeout);
  EXPECT_THAT(outcome.cause, HasSubstr("nothing came for 1 s"));
  EXPECT_EQ(log.text(), "Hi");
  peer.read_to_end();  // the node has hung up
}

TEST(HttpEngine, RefusesOptionsThatMakeNoSense) {
  for (const char* url : {"", "grpc://a:1", "http://a/?x=1", "a"}) {
    HttpEngineOptions options;
    options.url = url;
    EXPECT_THROW(make_http_engine(options), Error) << url;
  }
  HttpEngineOptions options;
  options.url = "http://a";
  options.slots = 0;
  EXPECT_THROW(make_http_engine(options), Error);
}

}  // namespace
}  // namespace wsdeep::llm
