#include "load/drive/llm_driver.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <mutex>

#include "base/error.h"
#include "llm/engine/sim_engine.h"
#include "llm/node/node.h"
#include "support/eventually.h"
#include "support/load_fakes.h"
#include "support/scripted_llm_server.h"

namespace wsdeep::load {
namespace {

using namespace std::chrono_literals;
using test::KeptRecords;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kPatience;
using testing::ScriptedLlmServer;
using Writer = grpc::ServerWriter<::llm::LLMResponse>;

/// Question `c.t` in conversation `c`, turn `t`.
class NumberedPrompts final : public PromptSource {
 public:
  explicit NumberedPrompts(int turns = 1, int max_tokens = 20) : turns_(turns), max_tokens_(max_tokens) {}
  Prompt prompt(const Arrival&, std::uint64_t conversation, int turn) const override {
    return {"be brief", fmt::format("{}.{}", conversation, turn), max_tokens_};
  }
  int turns(std::uint64_t) const override { return turns_; }

 private:
  const int turns_;
  const int max_tokens_;
};

::llm::LLMResponse answering(const std::string& text, int tokens, const std::string& reasoning = {}) {
  ::llm::LLMResponse response;
  response.set_text(text);
  response.set_reasoning_text(reasoning);
  response.set_tokens(tokens);
  response.set_node_id("n1");
  return response;
}

::llm::LLMResponse ending() {
  ::llm::LLMResponse response;
  response.set_is_complete(true);
  response.set_finish_reason("stop");
  response.set_node_id("n1");
  return response;
}

/// A driver at one server that plays `script`.
struct Driven {
  explicit Driven(ScriptedLlmServer::Script script, int turns = 1, std::size_t most = 100)
      : server(std::move(script)),
        prompts(turns),
        driver({.targets = {{server.url()}}, .most_sessions = most}, prompts, clock, log) {
    driver.prepare({});
  }
  /// One turn, to its end.
  TurnRecord turn(std::uint64_t index = 0) {
    begin(index);
    return log.turns(index + 1).back();
  }
  void begin(std::uint64_t index, Micros cancel_after = kNever) {
    Arrival arrival;
    arrival.index = index;
    arrival.intended = clock.now();
    arrival.cancel_after = cancel_after;
    driver.begin(arrival);
  }

  ScriptedLlmServer server;
  NumberedPrompts prompts;
  RunClock clock;
  KeptRecords log;
  LlmDriver driver;
};

TEST(LlmDriver, StampsTheFirstTextAndTheFirstAnswer) {
  Driven driven([](grpc::ServerContext&, const ::llm::LLMRequest&, Writer& writer) {
    writer.Write(answering("", 0));  // a role alone is no text
    writer.Write(answering("", 1, "hm"));
    writer.Write(answering("Hello", 2));
    writer.Write(answering(" you", 1));
    writer.Write(ending());
    return grpc::Status::OK;
  });
  const TurnRecord record = driven.turn();
  EXPECT_EQ(record.how, TurnEnd::kCompleted) << record.detail;
  EXPECT_LE(record.intended, record.send);
  EXPECT_LT(record.send, record.first);
  EXPECT_LE(record.first, record.answer);
  EXPECT_LE(record.answer, record.last);
  EXPECT_LE(record.last, record.end);
  ASSERT_EQ(record.pieces.size(), 3U);
  EXPECT_EQ(record.pieces[0].at, record.first);
  EXPECT_EQ(record.pieces[1].at, record.answer);
  EXPECT_EQ(record.pieces[2].at, record.last);
  EXPECT_EQ(record.pieces[1].tokens, 2U);
  EXPECT_EQ(record.pieces[1].bytes, 5U);
  EXPECT_EQ(record.messages_received, 5U);
  EXPECT_EQ(record.counted_by, TokenCount::kNode);
  EXPECT_EQ(record.output_tokens, 4);
  EXPECT_EQ(record.reasoning_tokens, 1);
  EXPECT_EQ(record.node, "n1");
  EXPECT_GT(record.bytes_sent, 0U);
  EXPECT_GT(record.bytes_received, 20U);
}

TEST(LlmDriver, SendsTheHistoryOfAConversationAndItsCookie) {
  std::mutex mutex;
  std::vector<std::string> heard;
  Driven driven(
      [&](grpc::ServerContext& context, const ::llm::LLMRequest& request, Writer& writer) {
        std::string line;
        for (const auto& message : request.messages()) line += message.role()[0] + (":" + message.content()) + " ";
        const auto cookie = context.client_metadata().find("cookie");
        if (cookie != context.client_metadata().end())
          line += std::string(cookie->second.data(), cookie->second.size());
        {
          const std::lock_guard lock(mutex);
          heard.push_back(line);
        }
        context.AddInitialMetadata("set-cookie", "lb=a; Path=/");
        writer.Write(answering("", 1, "hm"));
        writer.Write(answering("yes", 1));
        writer.Write(ending());
        return grpc::Status::OK;
      },
      2);
  for (std::uint64_t index = 0; index < 3; ++index) driven.turn(index);
  EXPECT_THAT(heard, ElementsAre("s:be brief u:0.0 ", "s:be brief u:0.0 a:yes u:0.1 lb=a", "s:be brief u:1.0 "));
}

TEST(LlmDriver, WaitsForNoAnswerBeforeTheNextTurn) {
  std::promise<void> go;
  const std::shared_future<void> gone = go.get_future().share();
  Driven driven(
      [&](grpc::ServerContext&, const ::llm::LLMRequest&, Writer& writer) {
        gone.wait();
        writer.Write(answering("yes", 1));
        writer.Write(ending());
        return grpc::Status::OK;
      },
      2, 2);
  for (std::uint64_t index = 0; index < 3; ++index) driven.begin(index);
  EXPECT_EQ(driven.driver.in_flight(), 2U);
  const TurnRecord beyond = driven.log.turns(1).front();
  EXPECT_EQ(beyond.index, 2U);
  EXPECT_EQ(beyond.reason, "not sent: too many sessions");
  EXPECT_EQ(beyond.send, kNever);
  go.set_value();
  driven.driver.finish(kPatience, {});
  EXPECT_EQ(driven.log.turns(3).front().how, TurnEnd::kCompleted);
}

TEST(LlmDriver, PutsAHundredStreamsIntoAConnection) {
  std::mutex mutex;
  std::map<std::string, int> streams;  // by the client's address
  std::atomic<int> all = 0;
  Driven driven(
      [&](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer&) {
        {
          const std::lock_guard lock(mutex);
          ++streams[context.peer()];
        }
        ++all;
        while (!context.IsCancelled()) std::this_thread::sleep_for(1ms);
        return grpc::Status::OK;
      },
      1, 1000);
  for (std::uint64_t index = 0; index < 150; ++index) driven.begin(index);
  EXPECT_TRUE(testing::eventually([&] { return all == 150; }));
  driven.driver.finish(0ms, {});
  std::vector<int> counts;
  for (const auto& [peer, count] : streams) counts.push_back(count);
  EXPECT_THAT(counts, ::testing::UnorderedElementsAre(100, 50));
}

TEST(LlmDriver, TellsOfWhatIsUnfinishedAndThenOfNothing) {
  Driven driven([](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer& writer) {
    writer.Write(answering("yes", 1));
    while (!context.IsCancelled()) std::this_thread::yield();
    return grpc::Status::OK;
  });
  driven.begin(0);
  driven.driver.finish(100ms, {});
  const auto records = driven.log.turns(0);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].how, TurnEnd::kUnfinished);
  EXPECT_EQ(records[0].reason, kStillRunning);
  EXPECT_EQ(records[0].end, kNever);
  EXPECT_NE(records[0].first, kNever);
  EXPECT_EQ(driven.driver.in_flight(), 0U);
}

TEST(LlmDriver, AsksTheNodeWhatACancelledTurnLeft) {
  llm::SimOptions options;
  options.ttft = options.inter_token = 5ms;
  options.prefill_per_token = 0us;
  options.tokens = 10'000;
  llm::NodeOptions named;
  named.node_id = "n7";
  const llm::Node node(named, llm::make_sim_engine(options));
  const std::string url = fmt::format("grpc://127.0.0.1:{}", node.port());
  const NumberedPrompts prompts(1, 10'000);
  const RunClock clock;
  KeptRecords log;
  LlmDriver driver({.targets = {{url}}}, prompts, clock, log);
  driver.prepare({});
  Arrival arrival;
  arrival.cancel_after = 100'000;
  driver.begin(arrival);
  const TurnRecord record = log.turns(1).front();
  EXPECT_EQ(record.how, TurnEnd::kCancelled);
  EXPECT_EQ(record.node, "n7");
  EXPECT_GE(record.slot_free_at, record.cancelled_at);
  EXPECT_LT(record.slot_free_at, record.cancelled_at + 1'000'000);
  EXPECT_LT(record.wasted_tokens, 200U);
  driver.finish(kPatience, {});
  const auto figures = driver.figures(test::kWholeRun).cancels.value();
  EXPECT_EQ(figures.cancelled, 1U);
  EXPECT_EQ(figures.known, 1U) << figures.fault;
}

TEST(LlmDriver, GivesUpWhenTheScheduleSaysSoAndSaysWhatItDoesNotKnowOfIt) {
  Driven driven([](grpc::ServerContext& context, const ::llm::LLMRequest&, Writer& writer) {
    writer.Write(answering("yes", 1));
    while (!context.IsCancelled()) std::this_thread::yield();
    return grpc::Status::OK;
  });
  driven.begin(0, 50'000);
  EXPECT_TRUE(testing::eventually([&] { return driven.driver.in_flight() == 0; }));
  std::stop_source now;
  now.request_stop();
  driven.driver.finish(kPatience, now.get_token());
  const TurnRecord record = driven.log.turns(1).front();
  EXPECT_EQ(record.how, TurnEnd::kCancelled);
  EXPECT_GE(record.cancelled_at, record.send + 50'000);
  EXPECT_GE(record.end, record.cancelled_at);
  EXPECT_EQ(record.slot_free_at, kNever);
  const auto figures = driven.driver.figures(test::kWholeRun).cancels.value();
  EXPECT_EQ(figures.known, 0U);
  EXPECT_EQ(figures.fault, "the nodes asked did not say when the slots were free");
}

TEST(LlmDriver, SaysBeforeAnyLoadThatNobodyListens) {
  RunClock clock;
  KeptRecords log;
  const NumberedPrompts prompts;
  LlmDriver driver({.targets = {{"grpc://127.0.0.1:1"}}}, prompts, clock, log);
  try {
    driver.prepare({});
    FAIL() << "prepared";
  } catch (const Error& fault) {
    EXPECT_THAT(fault.what(), HasSubstr("connection refused: nobody listens there"));
  }
}

}  // namespace
}  // namespace wsdeep::load
