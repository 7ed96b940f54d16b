#include "llm/engine/sim_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <optional>

#include "support/llm_stream_log.h"

namespace wsdeep::llm {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::StreamLog;

LlmRequest sim_request(const std::string& question, const std::string& request_id = "") {
  LlmRequest request;
  request.messages = {{"user", question}};
  request.request_id = request_id;
  return request;
}

/// An engine that takes no time.
SimOptions instant_sim() {
  SimOptions options;
  options.ttft = options.inter_token = options.prefill_per_token = 0us;
  return options;
}

/// An engine whose generations send two words or so and then hold their slot for ever.
SimOptions stalling() {
  SimOptions options = instant_sim();
  options.stall = 1;
  options.slots = 1;
  return options;
}

TEST(SimEngine, SendsTheAnswerWordByWordWithUsage) {
  SimOptions options = instant_sim();
  options.tokens = 30;
  const auto engine = make_sim_engine(options);
  StreamLog log;
  const auto generation = engine->start(sim_request("12345678"), log.engine_events());
  const LlmOutcome outcome = log.wait_for_end();
  EXPECT_TRUE(outcome.ok);
  EXPECT_EQ(outcome.result.finish_reason, "stop");
  EXPECT_EQ(outcome.result.usage, (Usage{2, 30}));
  EXPECT_EQ(log.chunks().size(), 30u);
  EXPECT_EQ(log.chunks()[1].text, " is");
}

TEST(SimEngine, FindsTheChatsLastPromptInItsCache) {
  const auto engine = make_sim_engine(instant_sim());
  const auto cached = [&](const std::string& session, const std::string& prompt) {
    LlmRequest request = sim_request(prompt);
    request.session_id = session;
    StreamLog log;
    const auto generation = engine->start(request, log.engine_events());
    return log.wait_for_end().result.usage.value().cached_prompt_tokens;
  };
  EXPECT_EQ(cached("a", "12345678"), 0);
  EXPECT_EQ(cached("a", "1234567812345678"), 2);
  EXPECT_EQ(cached("a", "12345678"), 1) << "a chat that begins anew";
  EXPECT_EQ(cached("b", "12345678"), 0);
  EXPECT_EQ(cached("", "12345678"), std::nullopt);
}

TEST(SimEngine, GivesEqualRequestsEqualAnswers) {
  const auto engine = make_sim_engine(instant_sim());
  StreamLog first, second;
  const auto a = engine->start(sim_request("hi", "1"), first.engine_events());
  const auto b = engine->start(sim_request("hi", "2"), second.engine_events());
  first.wait_for_end();
  second.wait_for_end();
  EXPECT_EQ(first.text(), second.text());
}

TEST(SimEngine, MarksReasoningChunks) {
  SimOptions options = instant_sim();
  options.reasoning = true;
  const auto engine = make_sim_engine(options);
  StreamLog log;
  const auto generation = engine->start(sim_request("hi"), log.engine_events());
  log.wait_for_end();
  std::string reasoning;
  for (const LlmChunk& chunk : log.chunks())
    if (chunk.reasoning) reasoning += chunk.text;
  EXPECT_TRUE(reasoning.starts_with("The question has")) << reasoning;
  EXPECT_TRUE(reasoning.ends_with("counts.")) << reasoning;
}

TEST(SimEngine, TakesAtLeastTheTimeItIsToldTo) {
  SimOptions options;
  options.jitter = 0;
  options.ttft = 5ms;
  options.prefill_per_token = 1ms;
  options.inter_token = 2ms;
  options.tokens = 10;
  const auto engine = make_sim_engine(options);
  StreamLog log;
  const auto generation = engine->start(sim_request("12345678"), log.engine_events());
  log.wait_for_end();
  EXPECT_GE(log.timings().prefill_us, 7000);
  // The last wake-up is never early; the first one may be late by what the machine makes of it.
  EXPECT_GE(log.timings().prefill_us + log.timings().decode_us, 7000 + 9 * 2000);
}

TEST(SimEngine, DrawsItsTimesFromAnExponentialDistribution) {
  SimOptions options;
  options.exponential = true;
  options.ttft = 200ms;
  options.prefill_per_token = 0us;
  options.tokens = 1;
  const auto engine = make_sim_engine(options);
  std::deque<StreamLog> logs(1000);
  std::vector<std::unique_ptr<Generation>> generations;
  for (std::size_t i = 0; i < logs.size(); ++i)
    generations.push_back(engine->start(sim_request("hi", std::to_string(i)), logs[i].engine_events()));
  std::int64_t sum = 0;
  std::size_t long_ones = 0;
  for (StreamLog& log : logs) {
    log.wait_for_end();
    sum += log.timings().prefill_us;
    if (log.timings().prefill_us > 600'000) ++long_ones;
  }
  // What is drawn is the same for a seed; only wake-ups add to it, a tenth of a second where the machine is busy.
  EXPECT_GT(sum / 1000, 180'000);
  EXPECT_LT(sum / 1000, 400'000);
  EXPECT_GT(long_ones, 30U) << "e⁻³ of them";
}

TEST(SimEngine, RefusesNobodyForWantOfASlot) {
  const auto engine = make_sim_engine(stalling());
  StreamLog a, b;
  const auto first = engine->start(sim_request("a"), a.engine_events());
  const auto second = engine->start(sim_request("b"), b.engine_events());
  a.wait_for_chunks(1);
  b.wait_for_chunks(1);
  EXPECT_EQ(engine->status().active, 2);
  EXPECT_EQ(engine->status().slots, 1);
}

TEST(SimEngine, FreesTheSlotOfACancelledGenerationAtOnce) {
  const auto engine = make_sim_engine(stalling());
  StreamLog log;
  const auto generation = engine->start(sim_request("a"), log.engine_events());
  log.wait_for_chunks(1);

  generation->cancel();

  EXPECT_EQ(engine->status().active, 0);
  EXPECT_EQ(log.wait_for_end().fault, LlmFault::kCancelled);
}

TEST(SimEngine, FreesTheSlotOfADestroyedGenerationAndCallsNobody) {
  const auto engine = make_sim_engine(stalling());
  StreamLog log;
  auto generation = engine->start(sim_request("a"), log.engine_events());
  log.wait_for_chunks(1);
  generation.reset();
  EXPECT_EQ(engine->status().active, 0);
  EXPECT_FALSE(log.ended());
}

TEST(SimEngine, LetsAGenerationBeDestroyedInItsOwnCallback) {
  const auto engine = make_sim_engine(instant_sim());
  std::mutex started;
  std::unique_ptr<Generation> generation;
  std::atomic<int> calls = 0;
  std::unique_lock lock(started);
  generation = engine->start(sim_request("a"), {[&](LlmChunk) {
                                                  const std::lock_guard wait(started);
                                                  ++calls;
                                                  generation.reset();
                                                },
                                                [&](LlmOutcome, GenerationTimings) { ++calls; }});
  lock.unlock();
  EXPECT_TRUE(eventually([&] { return calls > 0 && engine->status().active == 0; }));
  StreamLog after;  // its end comes after anything that the first one might still say
  const auto next = engine->start(sim_request("b"), after.engine_events());
  after.wait_for_end();
  EXPECT_EQ(calls, 1);
}

TEST(SimEngine, MayBeDestroyedBeforeItsGenerations) {
  auto engine = make_sim_engine(stalling());
  StreamLog a, b;
  const auto first = engine->start(sim_request("a"), a.engine_events());
  const auto second = engine->start(sim_request("b"), b.engine_events());
  engine.reset();
  first->cancel();
  EXPECT_FALSE(a.ended());
}

TEST(SimEngine, RefusesWithoutTakingASlot) {
  SimOptions options = instant_sim();
  options.refuse = 1;
  const auto engine = make_sim_engine(options);
  StreamLog log;
  const auto generation = engine->start(sim_request("a"), log.engine_events());
  EXPECT_EQ(log.wait_for_end().fault, LlmFault::kUnavailable);
  EXPECT_TRUE(log.chunks().empty());
}

TEST(SimEngine, BreaksAfterSomeTokens) {
  SimOptions options = instant_sim();
  options.break_mid_stream = 1;
  options.tokens = 20;
  const auto engine = make_sim_engine(options);
  StreamLog log;
  const auto generation = engine->start(sim_request("a"), log.engine_events());
  EXPECT_EQ(log.wait_for_end().fault, LlmFault::kUnavailable);
  EXPECT_GE(log.chunks().size(), 1u);
  EXPECT_LT(log.chunks().size(), 20u);
  EXPECT_EQ(engine->status().active, 0);
}

TEST(SimEngine, ChoosesTheSameShareOfTurnsToFailEveryTime) {
  SimOptions options = instant_sim();
  options.refuse = 0.25;
  const auto refused = [&] {
    const auto engine = make_sim_engine(options);
    std::vector<bool> result;
    for (int i = 0; i < 400; ++i) {
      StreamLog log;
      const auto generation = engine->start(sim_request("hi", std::to_string(i)), log.engine_events());
      result.push_back(!log.wait_for_end().ok);
    }
    return result;
  };
  const std::vector<bool> once = refused();
  EXPECT_EQ(refused(), once);
  EXPECT_NEAR(static_cast<double>(std::count(once.begin(), once.end(), true)), 100, 35);
}

TEST(SimEngine, ServesHundredsAtOnce) {
  SimOptions options = instant_sim();
  options.slots = 300;
  options.inter_token = 100us;
  options.tokens = 50;
  const auto engine = make_sim_engine(options);
  std::vector<StreamLog> logs(300);
  std::vector<std::unique_ptr<Generation>> generations;
  for (StreamLog& log : logs) generations.push_back(engine->start(sim_request("hi"), log.engine_events()));
  for (StreamLog& log : logs) {
    EXPECT_TRUE(log.wait_for_end().ok);
    EXPECT_EQ(log.chunks().size(), 50u);
  }
}

TEST(SimEngine, NamesTheOptionThatMakesNoSense) {
  const auto complaint = [](const std::function<void(SimOptions&)>& spoil) -> std::string {
    SimOptions options;
    spoil(options);
    try {
      validate(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(complaint([](SimOptions&) {}), "");
  EXPECT_EQ(complaint([](SimOptions& o) { o.ttft = -1us; }), "simulated engine: ttft must be from 0 to one hour");
  EXPECT_EQ(complaint([](SimOptions& o) { o.inter_token = 2h; }),
            "simulated engine: inter-token time must be from 0 to one hour");
  EXPECT_EQ(complaint([](SimOptions& o) { o.jitter = 1; }),
            "simulated engine: jitter must be at least 0 and less than 1");
  EXPECT_EQ(complaint([](SimOptions& o) { o.slots = 0; }), "simulated engine: slots must be at least 1");
  EXPECT_EQ(complaint([](SimOptions& o) { o.stall = 1.5; }), "simulated engine: stall must be from 0 to 1");
  EXPECT_EQ(complaint([](SimOptions& o) { o.refuse = o.stall = 0.6; }),
            "simulated engine: refuse + break + stall must be at most 1");
  EXPECT_EQ(complaint([](SimOptions& o) { o.jitter = std::numeric_limits<double>::quiet_NaN(); }),
            "simulated engine: jitter must be at least 0 and less than 1");
}

}  // namespace
}  // namespace wsdeep::llm
