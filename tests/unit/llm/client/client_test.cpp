#include "llm/client/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "support/breakable_relay.h"
#include "support/llm_stream_log.h"
#include "support/scripted_llm_server.h"

namespace wsdeep::llm {
namespace {

using namespace std::chrono_literals;
using testing::BreakableRelay;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kPatience;
using testing::ScriptedLlmServer;
using ::testing::StartsWith;
using testing::StreamLog;
using Writer = grpc::ServerWriter<::llm::LLMResponse>;

LlmRequest asking_as_client(const std::string& question) {
  LlmRequest request;
  request.messages = {{"user", question}};
  return request;
}

ClientTarget target(const std::string& url) {
  return {url, "", 3000ms};
}

::llm::LLMResponse saying(const std::string& text, bool is_complete = false) {
  ::llm::LLMResponse response;
  response.set_text(text);
  response.set_is_complete(is_complete);
  return response;
}

/// One whole stream from a server that plays `script`.
LlmOutcome outcome_of(ScriptedLlmServer::Script script, std::chrono::milliseconds timeout = kPatience) {
  ScriptedLlmServer server(std::move(script));
  Client client(target(server.url()));
  StreamLog log;
  const auto stream = client.start(asking_as_client("hi"), timeout, log.stream_events());
  return log.wait_for_end();
}

/// Holds a server's call until the client is gone.
void wait_for_cancel(grpc::ServerContext& context) {
  while (!context.IsCancelled()) std::this_thread::yield();
}

/// What a client hears of a stream: `(reasoning)text`, `!` where the text so far turned out to be reasoning.
std::string heard(ScriptedLlmServer::Script script) {
  ScriptedLlmServer server(std::move(script));
  Client client(target(server.url()));
  StreamLog log;
  const auto stream = client.start(asking_as_client("hi"), kPatience, log.stream_events());
  log.wait_for_end();
  std::string text;
  for (const LlmChunk& chunk : log.chunks())
    text += chunk.was_reasoning ? "!" : chunk.reasoning ? "(" + chunk.text + ")" : chunk.text;
  return text;
}

TEST(Client, SplitsTheTextOfAnOlderServer) {
  EXPECT_EQ(heard([&](grpc::ServerContext&, const ::llm::LLMRequest&, Writer& writer) {
              for (const char* text : {"<thi", "nk>\nhm", "\n</think>\n", "\nHello"}) writer.Write(saying(text));
              writer.Write(saying(" <think>", true));
              return grpc::Status::OK;
            }),
            "(hm)Hello <think>");
}

TEST(Client, SplitsNothingWhereReasoningIsApart) {
  bool asked = false;
  EXPECT_EQ(heard([&](grpc::ServerContext&, const ::llm::LLMRequest& request, Writer& writer) {
              asked = request.separate_reasoning();
              for (const char* reasoning : {"hm </think>", "", ""}) {
                ::llm::LLMResponse response = saying(*reasoning == '\0' ? "<think>" : "");
                response.set_reasoning_text(reasoning);
                writer.Write(response);
              }
              ::llm::LLMResponse last = saying("", true);
              last.set_text_was_reasoning(true);
              writer.Write(last);
              return grpc::Status::OK;
            }),
            "(hm </think>)<think><think>!");
  EXPECT_TRUE(asked);
}

TEST(Client, HearsTheEnginesOwnWords) {
  const LlmOutcome outcome = outcome_of([](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer&) {
    context.AddTrailingMetadata("engine-words-bin", "Modèle \xFF");
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the engine failed");
  });
  EXPECT_EQ(outcome.words, "Modèle \uFFFD");
}

/// What a client hears when each response is (text, tokens, offsets), and whether it asked for times.
std::vector<LlmChunk> counted(const std::vector<LlmChunk>& said, bool asks) {
  bool was_asked = false;
  ScriptedLlmServer server([&](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer& writer) {
    was_asked = context.client_metadata().contains("x-wsdeep-timings");
    for (const LlmChunk& chunk : said) {
      ::llm::LLMResponse response = saying("");
      (chunk.reasoning ? *response.mutable_reasoning_text() : *response.mutable_text()) = chunk.text;
      if (!chunk.reasoning) response.set_reasoning_text("");
      response.set_tokens(chunk.tokens);
      response.mutable_token_offsets_us()->Assign(chunk.token_offsets_us.begin(), chunk.token_offsets_us.end());
      writer.Write(response);
    }
    writer.Write(saying("", true));
    return grpc::Status::OK;
  });
  Client client(target(server.url()));
  LlmRequest request = asking_as_client("hi");
  request.timings = asks;
  StreamLog log;
  const auto stream = client.start(request, kPatience, log.stream_events());
  log.wait_for_end();
  EXPECT_EQ(was_asked, asks);
  return log.chunks();
}

TEST(Client, HearsTheTokensOfEveryMessageAndTheirTimesWhenItAsks) {
  const std::vector<LlmChunk> said = {
      {"hm", true, false, 1, {10}}, {"so", false, false, 2, {20, 30}}, {"", false, false, 1, {40}}};
  EXPECT_EQ(counted(said, true), said);
  EXPECT_EQ(counted(said, false),
            (std::vector<LlmChunk>{{"hm", true, false, 1}, {"so", false, false, 2}, {"", false, false, 1}}));
}

TEST(Client, TakesCountsThatAreNoneForUnknown) {
  EXPECT_EQ(
      counted({{"a", false, false, -3, {1}}, {"b", false, false, 2, {1}}, {"c", false, false, 2'000'000'000}}, true),
      (std::vector<LlmChunk>{{"a"}, {"b", false, false, 2}, {"c", false, false, 1'000'000}}));
}

TEST(Client, ReadsAServerThatKnowsOnlyTextAndIsComplete) {
  std::string prompt;
  ScriptedLlmServer server([&](grpc::ServerContext&, const ::llm::LLMRequest& request, Writer& writer) {
    prompt = request.prompt();
    writer.Write(saying("Hello"));
    writer.Write(saying(" there", true));
    return grpc::Status::OK;
  });
  Client client(target(server.url()));
  StreamLog log;
  const auto stream = client.start(asking_as_client("hi"), kPatience, log.stream_events());
  const LlmOutcome outcome = log.wait_for_end();
  EXPECT_TRUE(outcome.ok);
  EXPECT_EQ(outcome.result.finish_reason, "stop");
  EXPECT_EQ(outcome.result.usage, std::nullopt) << "unknown, not 0";
  EXPECT_EQ(log.text(), "Hello there");
  EXPECT_EQ(prompt, "hi");
}

TEST(Client, TakesAStreamWithoutIsCompleteAsFinished) {
  const LlmOutcome outcome = outcome_of([](grpc::ServerContext&, const ::llm::LLMRequest&, Writer& writer) {
    writer.Write(saying("Hello"));
    return grpc::Status::OK;
  });
  EXPECT_TRUE(outcome.ok);
  EXPECT_EQ(outcome.result.finish_reason, "stop");
}

TEST(Client, MapsTheServersStatusToAFault) {
  const auto fault_for = [](grpc::StatusCode code) {
    return outcome_of(
               [code](grpc::ServerContext&, const ::llm::LLMRequest&, Writer&) { return grpc::Status(code, "why"); })
        .fault;
  };
  EXPECT_EQ(fault_for(grpc::StatusCode::UNAVAILABLE), LlmFault::kUnavailable);
  EXPECT_EQ(fault_for(grpc::StatusCode::RESOURCE_EXHAUSTED), LlmFault::kOverloaded);
  EXPECT_EQ(fault_for(grpc::StatusCode::INVALID_ARGUMENT), LlmFault::kInvalid);
  EXPECT_EQ(fault_for(grpc::StatusCode::UNIMPLEMENTED), LlmFault::kInternal);
}

TEST(Client, TellsTheServersWordsAsCause) {
  const LlmOutcome outcome = outcome_of([](grpc::ServerContext&, const ::llm::LLMRequest&, Writer&) {
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "queue full");
  });
  EXPECT_EQ(outcome.cause, "RESOURCE_EXHAUSTED: queue full");
}

TEST(Client, CallsAStreamThatTheServerResetUnavailable) {
  const LlmOutcome outcome = outcome_of([](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer& writer) {
    writer.Write(saying("Hello"));
    context.TryCancel();
    return grpc::Status::OK;
  });
  EXPECT_EQ(outcome.fault, LlmFault::kUnavailable);
}

TEST(Client, CallsALostConnectionUnavailable) {
  ScriptedLlmServer server([](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer& writer) {
    writer.Write(saying("Hello"));
    wait_for_cancel(context);
    return grpc::Status::OK;
  });
  BreakableRelay relay(server.port());
  Client client(target("grpc://127.0.0.1:" + std::to_string(relay.port())));
  StreamLog log;
  const auto stream = client.start(asking_as_client("hi"), kPatience, log.stream_events());
  log.wait_for_chunks(1);
  relay.cut();
  const LlmOutcome outcome = log.wait_for_end();
  EXPECT_EQ(outcome.fault, LlmFault::kUnavailable) << outcome.cause;
}

TEST(Client, CallsAStreamPastItsTimeTimedOut) {
  const LlmOutcome outcome = outcome_of(
      [](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer&) {
        wait_for_cancel(context);
        return grpc::Status::OK;
      },
      100ms);
  EXPECT_EQ(outcome.fault, LlmFault::kTimeout);
}

TEST(Client, RefusesAMessageOfMoreThanFourMegabytes) {
  const LlmOutcome outcome = outcome_of([](grpc::ServerContext&, const ::llm::LLMRequest&, Writer& writer) {
    writer.Write(saying(std::string(5 << 20, 'x')));
    return grpc::Status::OK;
  });
  EXPECT_FALSE(outcome.ok);
  EXPECT_THAT(outcome.cause, HasSubstr("larger than max"));
}

TEST(Client, EndsACancelledStreamAsCancelled) {
  ScriptedLlmServer server([](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer& writer) {
    writer.Write(saying("Hello"));
    wait_for_cancel(context);
    return grpc::Status::OK;
  });
  Client client(target(server.url()));
  StreamLog log;
  const auto stream = client.start(asking_as_client("hi"), kPatience, log.stream_events());
  log.wait_for_chunks(1);
  stream->cancel();
  EXPECT_EQ(log.wait_for_end().fault, LlmFault::kCancelled);
}

TEST(Client, HasCalledOnEndWhenADestroyedStreamIsGone) {
  ScriptedLlmServer server([](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer&) {
    wait_for_cancel(context);
    return grpc::Status::OK;
  });
  Client client(target(server.url()));
  StreamLog log;
  client.start(asking_as_client("hi"), kPatience, log.stream_events()).reset();
  EXPECT_TRUE(log.ended());
}

TEST(Client, LetsAStreamBeDestroyedInItsOwnCallback) {
  std::promise<bool> cancelled;
  ScriptedLlmServer server([&](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer& writer) {
    writer.Write(saying("Hello"));
    wait_for_cancel(context);
    cancelled.set_value(true);
    return grpc::Status::OK;
  });
  Client client(target(server.url()));
  std::mutex started;
  std::unique_ptr<LlmStream> stream;
  std::unique_lock lock(started);
  stream = client.start(asking_as_client("hi"), kPatience,
                        {[&](LlmChunk) {
                           const std::lock_guard wait(started);
                           stream.reset();
                         },
                         [](LlmOutcome) { FAIL() << "called after its end"; }});
  lock.unlock();
  EXPECT_TRUE(cancelled.get_future().get());
}

TEST(Client, LetsAStreamBeDestroyedInAnotherOnesCallback) {
  ScriptedLlmServer server([](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer& writer) {
    writer.Write(saying("Hello"));
    wait_for_cancel(context);
    return grpc::Status::OK;
  });
  Client client(target(server.url()));
  StreamLog destroyed, log;
  auto other = client.start(asking_as_client("hi"), kPatience, destroyed.stream_events());
  destroyed.wait_for_chunks(1);
  StreamEvents events = log.stream_events();
  events.on_chunk = [&, add = events.on_chunk](LlmChunk chunk) {
    other.reset();
    add(std::move(chunk));
  };
  const auto stream = client.start(asking_as_client("hi"), kPatience, events);
  log.wait_for_chunks(1);
  stream->cancel();
  log.wait_for_end();
  EXPECT_FALSE(destroyed.ended());
}

TEST(Client, MayBeDestroyedBeforeItsStreams) {
  ScriptedLlmServer server([](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer& writer) {
    writer.Write(saying("Hello"));
    wait_for_cancel(context);
    return grpc::Status::OK;
  });
  StreamLog log;
  auto client = std::make_unique<Client>(target(server.url()));
  const auto stream = client->start(asking_as_client("hi"), kPatience, log.stream_events());
  client.reset();
  log.wait_for_chunks(1);
  stream->cancel();
  EXPECT_EQ(log.wait_for_end().fault, LlmFault::kCancelled);
}

/// The cookies that a server saw, one for each call, while it set others.
class CookieServer {
 public:
  explicit CookieServer(std::function<void(grpc::ServerContext&)> set)
      : server_([this, set](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer&) {
          const auto cookie = context.client_metadata().find("cookie");
          const bool sent = cookie != context.client_metadata().end();
          seen_.push_back(sent ? std::string(cookie->second.data(), cookie->second.size()) : "");
          set(context);
          return grpc::Status::OK;
        }),
        client_(target(server_.url())) {}

  /// One turn; the cookie for the next one.
  std::string turn(const std::string& cookie) {
    LlmRequest request = asking_as_client("hi");
    request.sticky_cookie = cookie;
    StreamLog log;
    const auto stream = client_.start(request, kPatience, log.stream_events());
    return log.wait_for_end().result.sticky_cookie;
  }
  const std::vector<std::string>& seen() const { return seen_; }

 private:
  std::vector<std::string> seen_;
  ScriptedLlmServer server_;
  Client client_;
};

TEST(Client, SendsBackTheCookieOfTheInitialMetadata) {
  CookieServer server([](grpc::ServerContext& c) { c.AddInitialMetadata("set-cookie", "AWSALB=n1; Path=/; Secure"); });
  EXPECT_EQ(server.turn(server.turn("")), "AWSALB=n1");
  EXPECT_THAT(server.seen(), ElementsAre("", "AWSALB=n1"));
}

TEST(Client, SendsBackTheCookieOfTheTrailingMetadata) {
  CookieServer server([](grpc::ServerContext& c) { c.AddTrailingMetadata("set-cookie", "node=n2"); });
  EXPECT_EQ(server.turn(server.turn("")), "node=n2");
  EXPECT_THAT(server.seen(), ElementsAre("", "node=n2"));
}

TEST(Client, JoinsTheCookiesOfBothMetadata) {
  CookieServer server([](grpc::ServerContext& c) {
    c.AddInitialMetadata("set-cookie", "a=1");
    c.AddInitialMetadata("set-cookie", "b=2");
    c.AddTrailingMetadata("set-cookie", "a=3");
  });
  EXPECT_EQ(server.turn(""), "a=3; b=2");
}

TEST(Client, KeepsTheCookieOfAServerThatSetsNone) {
  CookieServer server([](grpc::ServerContext&) {});
  EXPECT_EQ(server.turn("SRV=node-1"), "SRV=node-1");
}

TEST(Client, DoesNotSendAStoredCookieThatMetadataCannotCarry) {
  CookieServer server([](grpc::ServerContext&) {});
  server.turn("a=\r\nx: y");
  EXPECT_THAT(server.seen(), ElementsAre(""));
}

TEST(Client, FailsFastWhenNobodyListens) {
  std::uint16_t port = 0;
  {
    const BreakableRelay unused(BreakableRelay::kMute);
    port = unused.port();
  }
  Client client(target("grpc://127.0.0.1:" + std::to_string(port)));
  StreamLog log;
  const auto stream = client.start(asking_as_client("hi"), kPatience, log.stream_events());
  EXPECT_EQ(log.wait_for_end().fault, LlmFault::kUnavailable);
}

TEST(Client, GivesUpOnAServerThatAcceptsAndSaysNothing) {
  const BreakableRelay silent(BreakableRelay::kMute);
  Client client({"grpc://127.0.0.1:" + std::to_string(silent.port()), "", 200ms});
  StreamLog log;
  const auto stream = client.start(asking_as_client("hi"), kPatience, log.stream_events());
  EXPECT_EQ(log.wait_for_end().fault, LlmFault::kUnavailable);
}

TEST(Client, SaysWhichServerCannotTellItsModels) {
  ScriptedLlmServer server([](auto&, auto&, auto&) { return grpc::Status::OK; });
  Client client(target(server.url()));
  try {
    client.models(kPatience);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailure);
    EXPECT_THAT(error.what(), StartsWith("cannot list the models at " + server.url() + ": UNIMPLEMENTED"));
  }
}

TEST(Client, RefusesOtherUrlsAndMissingCaFiles) {
  EXPECT_THROW(Client({"https://host", "", 1s}), Error);
  EXPECT_THROW(Client({"grpcs://host", "/nonexistent/ca.pem", 1s}), Error);
}

}  // namespace
}  // namespace wsdeep::llm
