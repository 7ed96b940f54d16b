#include "llm/node/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "llm.grpc.pb.h"
#include "llm/engine/sim_engine.h"
#include "llm/node/given_up_calls.h"
#include "support/llm_stream_log.h"
#include "support/raw_grpc_call.h"

namespace wsdeep::llm {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::eventually;
using ::testing::HasSubstr;
using testing::kPatience;
using testing::RawGrpcCall;
using testing::StreamLog;

LlmRequest asking(const std::string& question) {
  LlmRequest request;
  request.messages = {{"user", question}};
  return request;
}

SimOptions instant() {
  SimOptions options;
  options.ttft = options.inter_token = options.prefill_per_token = 0us;
  return options;
}

/// Its generations send two words or so and then hold their slot for ever.
SimOptions stalling(int slots) {
  SimOptions options = instant();
  options.stall = 1;
  options.slots = slots;
  return options;
}

std::unique_ptr<Node> start_node(const SimOptions& engine, NodeOptions options = {}) {
  if (options.node_id.empty()) options.node_id = "node-1";
  return std::make_unique<Node>(std::move(options), make_sim_engine(engine));
}

ClientTarget target(const Node& node) {
  return {"grpc://127.0.0.1:" + std::to_string(node.port()), "", 3000ms};
}

/// A node and a client of it.
struct Pair {
  explicit Pair(const SimOptions& engine, NodeOptions options = {})
      : node(start_node(engine, std::move(options))), client(target(*node)) {}

  std::unique_ptr<LlmStream> start(StreamLog& log, const LlmRequest& request = asking("hi")) {
    return client.start(request, kPatience, log.stream_events());
  }
  NodeHealth health() { return client.health(kPatience); }

  std::unique_ptr<Node> node;
  Client client;
};

TEST(Node, StreamsWhatGenerateAnswers) {
  Pair pair(instant());
  StreamLog log;
  const auto stream = pair.start(log);
  const LlmOutcome outcome = log.wait_for_end();
  LlmResult result;
  const std::string text = pair.client.generate(asking("hi"), kPatience, result);
  EXPECT_TRUE(outcome.ok) << outcome.cause;
  EXPECT_EQ(log.text(), text);
  EXPECT_EQ(std::tie(outcome.result.finish_reason, outcome.result.node_id, outcome.result.usage),
            std::tie(result.finish_reason, result.node_id, result.usage));
  EXPECT_EQ(result.node_id, "node-1");
  EXPECT_GT(result.usage.value().completion_tokens, 20);
}

TEST(Node, PassesTheHistoryWithItsRoles) {
  Pair pair(instant());
  LlmRequest request = asking("and now?");
  request.messages.insert(request.messages.begin(), {{"user", "what was it?"}, {"assistant", "it was blue"}});
  LlmResult result;
  EXPECT_THAT(pair.client.generate(request, kPatience, result),
              HasSubstr("You asked: \"and now?\". Before that you asked: \"what was it?\" and I answered: \"it was "
                        "blue\"."));
}

TEST(Node, TellsReasoningApart) {
  SimOptions options = instant();
  options.reasoning = true;
  Pair pair(options);
  StreamLog log;
  const auto stream = pair.start(log);
  log.wait_for_end();
  std::string reasoning;
  for (const LlmChunk& chunk : log.chunks())
    if (chunk.reasoning) reasoning += chunk.text;
  EXPECT_TRUE(reasoning.starts_with("The question has")) << reasoning;
  EXPECT_TRUE(reasoning.ends_with("counts.")) << reasoning;
}

/// What a node's answer says of its tokens.
struct Counted {
  std::int64_t tokens = 0;
  std::vector<std::uint32_t> offsets_us;
  Usage usage;
  std::vector<NodeArrival> arrivals{};
};

Counted count(Pair& pair, bool timings) {
  LlmRequest request = asking("hi");
  request.timings = timings;
  StreamLog log;
  const auto stream = pair.start(log, request);
  Counted counted{0, {}, log.wait_for_end().result.usage.value()};
  for (const LlmChunk& chunk : log.chunks()) {
    counted.tokens += chunk.tokens;
    counted.offsets_us.insert(counted.offsets_us.end(), chunk.token_offsets_us.begin(), chunk.token_offsets_us.end());
    if (chunk.arrival) counted.arrivals.push_back(*chunk.arrival);
  }
  return counted;
}

TEST(Node, CountsEveryTokenAndTellsWhenItCameToWhoeverAsks) {
  SimOptions options = instant();
  options.reasoning = true;
  Pair pair(options);
  const Counted timed = count(pair, true);
  EXPECT_EQ(timed.tokens, timed.usage.completion_tokens);
  EXPECT_EQ(timed.offsets_us.size(), static_cast<std::size_t>(timed.tokens));
  EXPECT_TRUE(std::is_sorted(timed.offsets_us.begin(), timed.offsets_us.end()));
  EXPECT_GT(timed.usage.reasoning_tokens.value(), 2);
  EXPECT_LT(timed.usage.reasoning_tokens.value(), timed.usage.completion_tokens);
  const Counted untimed = count(pair, false);
  EXPECT_EQ(untimed.tokens, timed.tokens);
  EXPECT_EQ(untimed.offsets_us.size(), 0U);
}

TEST(Node, TellsTimesSinceTheCallArrived) {
  SimOptions options = instant();
  options.ttft = 20ms;
  options.inter_token = 1ms;
  options.tokens = 10;
  Pair pair(options);
  const auto start = std::chrono::steady_clock::now();
  const Counted counted = count(pair, true);
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
  EXPECT_GE(counted.offsets_us.front(), 20'000U);
  EXPECT_GE(counted.offsets_us.back(), 29'000U);
  EXPECT_LE(counted.offsets_us.back(), took.count());
}

std::int64_t monotonic_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

TEST(Node, TellsOnItsClockWhenACallArrivedToWhoeverAsks) {
  Pair pair(instant());
  const std::int64_t before = monotonic_us();
  const Counted timed = count(pair, true);
  ASSERT_EQ(timed.arrivals.size(), 1U) << "with the first text alone";
  EXPECT_EQ(timed.arrivals[0].node_id, pair.health().node_id);
  EXPECT_GE(timed.arrivals[0].arrived_us, before);
  EXPECT_LE(timed.arrivals[0].arrived_us, monotonic_us());
  EXPECT_GE(timed.arrivals[0].queued_us, 0);
  EXPECT_TRUE(count(pair, false).arrivals.empty());
}

TEST(Node, TellsItsClockWithItsHealth) {
  Pair pair(instant());
  const std::int64_t before = monotonic_us();
  const NodeHealth health = pair.health();
  EXPECT_GE(health.clock_received_us.value(), before);
  EXPECT_GE(health.clock_sent_us.value(), *health.clock_received_us);
  EXPECT_LE(*health.clock_sent_us, monotonic_us());
}

TEST(Node, PutsReasoningBetweenTagsForClientsThatKnowNoOtherWay) {
  SimOptions options = instant();
  options.reasoning = true;
  Pair pair(options);
  const auto channel =
      grpc::CreateChannel("127.0.0.1:" + std::to_string(pair.node->port()), grpc::InsecureChannelCredentials());
  const auto stub = ::llm::LLMService::NewStub(channel);
  ::llm::LLMRequest request;
  request.set_prompt("hi");
  grpc::ClientContext streaming;
  std::string streamed;
  std::int64_t tokens = 0;
  const auto reader = stub->GenerateStream(&streaming, request);
  ::llm::LLMResponse response;
  while (reader->Read(&response)) {
    streamed += response.text();
    tokens += response.tokens();
    EXPECT_FALSE(response.has_reasoning_text());
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(tokens, response.usage().completion_tokens()) << "tags are made of tokens too";
  EXPECT_TRUE(streamed.starts_with("<think>\nThe question has")) << streamed;
  EXPECT_NE(streamed.find("counts.\n</think>\n\nThis is"), std::string::npos) << streamed;
  grpc::ClientContext asking_once;
  ::llm::LLMCompleteResponse complete;
  EXPECT_TRUE(stub->Generate(&asking_once, request, &complete).ok());
  EXPECT_EQ(complete.text(), streamed);
}

TEST(Node, FreesTheSlotOfACancelledCall) {
  Pair pair(stalling(1));
  StreamLog log;
  const auto stream = pair.start(log);
  log.wait_for_chunks(1);
  EXPECT_EQ(pair.health().active, 1);

  stream->cancel();

  EXPECT_EQ(log.wait_for_end().fault, LlmFault::kCancelled);
  EXPECT_TRUE(eventually([&] { return pair.health().cancelled == 1; }));
  EXPECT_EQ(pair.health().active, 0);
}

TEST(Node, SaysWhatBecameOfACallThatWasGivenUp) {
  Pair pair(stalling(1));
  StreamLog log;
  LlmRequest request = asking("hi");
  request.request_id = "turn-1";
  const auto stream = pair.start(log, request);
  log.wait_for_chunks(1);
  EXPECT_THAT(pair.client.poll(kPatience, {"turn-1"}).given_up, ElementsAre());

  stream->cancel();
  log.wait_for_end();

  std::vector<GivenUpCall> told;
  EXPECT_TRUE(eventually([&] {
    told = pair.client.poll(kPatience, {"turn-0", "turn-1"}).given_up;
    return !told.empty();
  }));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].request_id, "turn-1");
  EXPECT_GE(told[0].tokens, 1);
  EXPECT_LT(told[0].slot_free_for, kPatience);
}

TEST(GivenUpCalls, RemembersTheLastThousandThatHaveAName) {
  GivenUpCalls calls;
  const SteadyTime now{};
  calls.add("", 1, now);
  calls.add(std::string(GivenUpCalls::kLongestId + 1, 'x'), 1, now);
  for (std::size_t i = 0; i <= GivenUpCalls::kMost; ++i) calls.add("turn-" + std::to_string(i), 7, now);
  EXPECT_FALSE(calls.find(""));
  EXPECT_FALSE(calls.find(std::string(GivenUpCalls::kLongestId + 1, 'x')));
  EXPECT_FALSE(calls.find("turn-0"));
  EXPECT_EQ(calls.find("turn-1").value().tokens, 7);
  EXPECT_TRUE(calls.find("turn-" + std::to_string(GivenUpCalls::kMost)));
}

TEST(Node, FreesTheSlotOfACallPastItsDeadline) {
  Pair pair(stalling(1));
  StreamLog log;
  const auto stream = pair.client.start(asking("hi"), 100ms, log.stream_events());
  EXPECT_EQ(log.wait_for_end().fault, LlmFault::kTimeout);
  EXPECT_TRUE(eventually([&] { return pair.health().active == 0; }));
}

NodeOptions queueing(int places, std::chrono::milliseconds max_wait = 30s) {
  NodeOptions options;
  options.admission = {places, max_wait};
  return options;
}

TEST(Node, QueuesCallsAndRefusesThoseAboveTheQueue) {
  Pair pair(stalling(1), queueing(1));
  StreamLog running, waiting, refused;
  const auto a = pair.start(running);
  running.wait_for_chunks(1);
  const auto b = pair.start(waiting);
  ASSERT_TRUE(eventually([&] { return pair.health().queued == 1; }));
  const auto c = pair.start(refused);
  const LlmOutcome outcome = refused.wait_for_end();
  EXPECT_EQ(outcome.fault, LlmFault::kOverloaded);
  EXPECT_EQ(outcome.cause, "RESOURCE_EXHAUSTED: the one slot busy, 1 waiting");
  EXPECT_EQ(outcome.retry_after, 1000ms);
  EXPECT_EQ(pair.health().failed, 1);
}

TEST(Node, GivesASlotThatBecomesFreeToTheFirstThatWaits) {
  Pair pair(stalling(1), queueing(2));
  StreamLog a, b, c;
  const auto first = pair.start(a);
  a.wait_for_chunks(1);
  const auto second = pair.start(b);
  ASSERT_TRUE(eventually([&] { return pair.health().queued == 1; }));
  const auto third = pair.start(c);
  ASSERT_TRUE(eventually([&] { return pair.health().queued == 2; }));

  first->cancel();

  b.wait_for_chunks(1);
  EXPECT_TRUE(c.chunks().empty());
  EXPECT_EQ(pair.health().queued, 1);
  EXPECT_EQ(pair.health().active, 1);
}

TEST(Node, ForgetsAWaitingCallThatIsCancelled) {
  Pair pair(stalling(1), queueing(1));
  StreamLog running, waiting;
  const auto a = pair.start(running);
  running.wait_for_chunks(1);
  const auto b = pair.start(waiting);
  ASSERT_TRUE(eventually([&] { return pair.health().queued == 1; }));

  b->cancel();

  EXPECT_EQ(waiting.wait_for_end().fault, LlmFault::kCancelled);
  EXPECT_TRUE(eventually([&] { return pair.health().queued == 0; }));
  EXPECT_EQ(pair.health().active, 1);
}

TEST(Node, RefusesACallThatHasWaitedForTooLong) {
  Pair pair(stalling(1), queueing(1, 20ms));
  StreamLog running, waiting;
  const auto a = pair.start(running);
  running.wait_for_chunks(1);
  const auto b = pair.start(waiting);
  const LlmOutcome outcome = waiting.wait_for_end();
  EXPECT_EQ(outcome.fault, LlmFault::kOverloaded);
  EXPECT_EQ(outcome.retry_after, 1000ms);
  EXPECT_EQ(pair.health().queued, 0);
}

TEST(Node, EndsAWaitingCallAtItsDeadline) {
  Pair pair(stalling(1), queueing(1));
  StreamLog running, waiting;
  const auto a = pair.start(running);
  running.wait_for_chunks(1);
  const auto b = pair.client.start(asking("hi"), 50ms, waiting.stream_events());
  EXPECT_EQ(waiting.wait_for_end().fault, LlmFault::kTimeout);
  EXPECT_TRUE(eventually([&] { return pair.health().queued == 0; }));
}

TEST(Node, TurnsAwayWhoWaitsWhenItLeaves) {
  NodeOptions options = queueing(1);
  options.drain.grace = kPatience;
  Pair pair(stalling(1), options);
  StreamLog running, waiting;
  const auto a = pair.start(running);
  running.wait_for_chunks(1);
  const auto b = pair.start(waiting);
  ASSERT_TRUE(eventually([&] { return pair.health().queued == 1; }));
  pair.node->leave("a test");
  const LlmOutcome outcome = waiting.wait_for_end();
  EXPECT_EQ(outcome.fault, LlmFault::kUnavailable);
  EXPECT_EQ(outcome.cause, "UNAVAILABLE: the node is draining");
  EXPECT_EQ(outcome.retry_after, 0ms);
  EXPECT_FALSE(running.ended());
}

TEST(Node, TellsHowLongACallWaited) {
  SimOptions options = instant();
  options.slots = 1;
  options.ttft = 500ms;  // long enough to be seen
  const auto node = start_node(options, queueing(8));
  Client client(target(*node));
  StreamLog first;
  const auto stream = client.start(asking("hi"), kPatience, first.stream_events());
  ASSERT_TRUE(eventually([&] { return node->health().active == 1; }));
  const auto stub = ::llm::LLMService::NewStub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(node->port()), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  ::llm::LLMRequest request;
  request.set_prompt("hi");
  ::llm::LLMCompleteResponse response;
  EXPECT_TRUE(stub->Generate(&context, request, &response).ok());
  EXPECT_GT(response.timings().queue_us(), 0);
  EXPECT_GE(response.timings().prefill_us(), 375'000);
}

TEST(Node, PassesTheEnginesRefusalOn) {
  SimOptions options = instant();
  options.refuse = 1;
  Pair pair(options);
  StreamLog log;
  const auto stream = pair.start(log);
  const LlmOutcome outcome = log.wait_for_end();
  EXPECT_EQ(outcome.fault, LlmFault::kUnavailable);
  EXPECT_EQ(outcome.cause, "UNAVAILABLE: simulated refusal");
}

TEST(Node, DeliversTheTextBeforeABreak) {
  SimOptions options = instant();
  options.break_mid_stream = 1;
  Pair pair(options);
  StreamLog log;
  const auto stream = pair.start(log);
  EXPECT_EQ(log.wait_for_end().fault, LlmFault::kUnavailable);
  EXPECT_TRUE(log.text().starts_with("This"));
}

TEST(Node, RefusesARequestWithoutAQuestion) {
  Pair pair(instant());
  StreamLog log;
  const auto stream = pair.start(log, LlmRequest{});
  const LlmOutcome outcome = log.wait_for_end();
  EXPECT_EQ(outcome.fault, LlmFault::kInvalid);
  EXPECT_EQ(outcome.cause, "INVALID_ARGUMENT: neither messages nor a prompt");
}

TEST(Node, AnswersAClientThatKnowsOnlyTheFirstFields) {
  const auto node = start_node(instant());
  // prompt = "hi", parameters {temperature = 1.0, max_tokens = 4}, as protobuf's wire format writes them.
  using namespace std::string_literals;
  RawGrpcCall call(node->port(), "/llm.LLMService/GenerateStream", "\x0A\x02hi\x12\x07\x0D\x00\x00\x80\x3F\x10\x04"s);
  std::string text;
  ::llm::LLMResponse response;
  while (const auto message = call.read()) {
    EXPECT_FALSE(response.is_complete());
    ASSERT_TRUE(response.ParseFromString(*message));
    text += response.text();
  }
  EXPECT_TRUE(call.finish().ok());
  EXPECT_EQ(text, "This is the simulated");
  EXPECT_TRUE(response.is_complete());
  EXPECT_EQ(response.text(), "");
  EXPECT_EQ(response.finish_reason(), "length");
  EXPECT_EQ(response.usage().completion_tokens(), 4);
  EXPECT_TRUE(response.has_timings());
}

TEST(Node, CountsWhatItServed) {
  Pair pair(instant());
  for (int i = 0; i < 3; ++i) {
    StreamLog log;
    const auto stream = pair.start(log);
    log.wait_for_end();
  }
  const NodeHealth health = pair.health();
  EXPECT_EQ(health.completed, 3);
  EXPECT_EQ(health.status, "healthy");
  EXPECT_EQ(health.engine, "sim");
  EXPECT_EQ(health.model, "sim");
  EXPECT_EQ(health.slots, 8);
  EXPECT_EQ(health.active, 0);
}

TEST(Node, ListsItsModels) {
  Pair pair(instant());
  EXPECT_THAT(pair.client.models(kPatience), ElementsAre("sim"));
}

TEST(Node, SetsAStickyCookieWhenToldTo) {
  NodeOptions options;
  options.node_id = "node 1;x";
  options.set_cookie = true;
  Pair pair(instant(), options);
  StreamLog log;
  const auto stream = pair.start(log);
  EXPECT_EQ(log.wait_for_end().result.sticky_cookie, "wsdeep-node=node%201%3Bx");
}

TEST(Node, IsNamedAfterHostAndPortWithoutAnId) {
  const Node node({}, make_sim_engine(instant()));
  EXPECT_THAT(node.health().node_id, HasSubstr(":" + std::to_string(node.port())));
}

TEST(Node, IsFoundByTheNextCallAfterARestart) {
  Pair pair(instant());
  NodeOptions same_port;
  same_port.listen = "127.0.0.1:" + std::to_string(pair.node->port());
  StreamLog before, down, after;
  const auto first = pair.start(before);
  EXPECT_TRUE(before.wait_for_end().ok);

  pair.node.reset();
  const auto second = pair.start(down);
  EXPECT_EQ(down.wait_for_end().fault, LlmFault::kUnavailable);

  pair.node = start_node(instant(), same_port);
  const auto third = pair.start(after);
  const LlmOutcome outcome = after.wait_for_end();
  EXPECT_TRUE(outcome.ok) << outcome.cause;
}

TEST(Node, NamesTheAddressThatItCannotListenOn) {
  const auto node = start_node(instant());
  NodeOptions options;
  options.listen = "127.0.0.1:" + std::to_string(node->port());
  try {
    start_node(instant(), options);
    FAIL() << "listened on a port in use";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailure);
    EXPECT_EQ(error.what(), "cannot listen on " + options.listen);
  }
}

TEST(Node, DoesNotListenOnAnotherPortThanItsOwnerWrote) {
  for (const char* listen : {"127.0.0.1:65536", "127.0.0.1:70000", "127.0.0.1", "::1:0"}) {
    NodeOptions options;
    options.listen = listen;
    EXPECT_THROW(start_node(instant(), options), Error) << listen;
  }
}

TEST(Node, WantsCertificateAndKeyTogether) {
  NodeOptions options;
  options.tls.certificate = "/nonexistent.pem";
  EXPECT_THROW(start_node(instant(), options), Error);
}

/// A drain with this grace; `stopped` is set when the node has.
NodeOptions leaving_with(std::chrono::milliseconds grace, std::promise<void>& stopped) {
  NodeOptions options;
  options.drain = {0ms, grace};
  options.on_stopped = [&stopped] { stopped.set_value(); };
  return options;
}

TEST(Node, LetsRunningCallsEndWhenItLeaves) {
  SimOptions options = instant();
  options.inter_token = 5ms;
  options.tokens = 100;
  std::promise<void> stopped;
  Pair pair(options, leaving_with(kPatience, stopped));
  StreamLog running, late;
  const auto first = pair.start(running);
  running.wait_for_chunks(1);

  pair.node->leave("a test");

  ASSERT_TRUE(eventually([&] { return pair.node->health().status == "draining: a test"; }));
  const auto second = pair.start(late);
  EXPECT_EQ(late.wait_for_end().fault, LlmFault::kUnavailable);
  EXPECT_TRUE(running.wait_for_end().ok);
  stopped.get_future().get();
  EXPECT_EQ(pair.node->health().completed, 1);
}

TEST(Node, HandsRunningCallsOverWhenTheGraceIsOver) {
  std::promise<void> stopped;
  Pair pair(stalling(1), leaving_with(1ms, stopped));
  StreamLog log;
  const auto stream = pair.start(log);
  log.wait_for_chunks(1);
  pair.node->leave("a test");
  const LlmOutcome outcome = log.wait_for_end();
  EXPECT_EQ(outcome.fault, LlmFault::kUnavailable);
  EXPECT_EQ(outcome.cause, "UNAVAILABLE: the node is draining");
  EXPECT_TRUE(outcome.draining);
  stopped.get_future().get();
  EXPECT_EQ(pair.node->health().active, 0);
}

TEST(Node, TakesCallsInItsLameDuckAndNoneAside) {
  std::promise<void> stopped;
  NodeOptions options = leaving_with(kPatience, stopped);
  options.drain.lame_duck = 300ms;
  Pair pair(instant(), options);
  pair.node->stand_aside("a test");
  ASSERT_TRUE(eventually([&] { return pair.node->health().status == "leaving: a test"; }));
  StreamLog taken;
  const auto first = pair.start(taken);
  EXPECT_TRUE(taken.wait_for_end().ok);

  ASSERT_TRUE(eventually([&] { return pair.node->health().status == "aside: a test"; }));
  StreamLog refused;
  const auto second = pair.start(refused);
  EXPECT_EQ(refused.wait_for_end().cause, "UNAVAILABLE: the node is draining");
  EXPECT_TRUE(refused.wait_for_end().draining);

  pair.node->come_back();
  ASSERT_TRUE(eventually([&] { return pair.node->health().status == "healthy"; }));
  StreamLog again;
  const auto third = pair.start(again);
  EXPECT_TRUE(again.wait_for_end().ok);
}

TEST(Node, SaysInATrailerThatACallMayGoOnElsewhere) {
  std::promise<void> stopped;
  NodeOptions options = leaving_with(1ms, stopped);
  Pair pair(stalling(1), options);
  auto stub = ::llm::LLMService::NewStub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(pair.node->port()), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  ::llm::LLMRequest request;
  request.set_prompt("hi");
  const auto reader = stub->GenerateStream(&context, request);
  ::llm::LLMResponse response;
  ASSERT_TRUE(reader->Read(&response));
  pair.node->leave("a test");
  while (reader->Read(&response)) continue;
  EXPECT_EQ(reader->Finish().error_message(), "the node is draining");
  EXPECT_EQ(context.GetServerTrailingMetadata().count("wsdeep-draining"), 1);
}

TEST(Node, OffersReflection) {
  const auto node = start_node(instant());
  const std::string list_services = "\x3A\x01*";  // ServerReflectionRequest{list_services: "*"}
  RawGrpcCall call(node->port(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", list_services);
  EXPECT_THAT(call.read().value_or(""), HasSubstr("llm.LLMService"));
}

}  // namespace
}  // namespace wsdeep::llm
