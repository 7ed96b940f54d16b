#include "llm/node/node_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llm/engine/sim_engine.h"
#include "llm/node/node.h"
#include "net/http_client.h"
#include "support/llm_stream_log.h"

namespace wsdeep::llm {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using ::testing::HasSubstr;
using testing::kPatience;
using testing::StreamLog;

LlmRequest question() {
  LlmRequest request;
  request.messages = {{"user", "hi"}};
  return request;
}

/// A node with one slot, whose generations hold it for ever.
struct BusyNode {
  explicit BusyNode(std::chrono::milliseconds max_wait) : node(options(max_wait), engine()) {}

  static NodeOptions options(std::chrono::milliseconds max_wait) {
    NodeOptions options;
    options.node_id = "node-1";
    options.metrics_listen = "127.0.0.1:0";
    options.admission = {1, max_wait};
    options.drain = {0ms, 0ms};
    return options;
  }
  static std::unique_ptr<Engine> engine() {
    SimOptions sim;
    sim.ttft = sim.inter_token = sim.prefill_per_token = 0us;
    sim.stall = 1;
    sim.slots = 1;
    return make_sim_engine(sim);
  }
  std::unique_ptr<LlmStream> start(StreamLog& log, const LlmRequest& request = question()) {
    return client.start(request, kPatience, log.stream_events());
  }
  std::string page() {
    net::HttpCall call;
    call.url = "http://127.0.0.1:" + std::to_string(node.metrics_port()) + "/metrics";
    return net::HttpClient().send(call).body;
  }
  bool tells(const std::string& line) { return page().find("wsdeep_node_" + line + "\n") != std::string::npos; }

  Node node;
  Client client{{"grpc://127.0.0.1:" + std::to_string(node.port()), "", 3000ms}};
};

TEST(NodePages, TellRefusalsByTheirReason) {
  BusyNode busy(50ms);
  StreamLog running, invalid, patient;
  const auto a = busy.start(running);
  running.wait_for_chunks(1);

  const auto b = busy.start(invalid, LlmRequest{});
  EXPECT_EQ(invalid.wait_for_end().fault, LlmFault::kInvalid);
  const auto c = busy.start(patient);
  EXPECT_EQ(patient.wait_for_end().fault, LlmFault::kOverloaded);

  const std::string page = busy.page();
  EXPECT_THAT(page, HasSubstr("wsdeep_node_refusals_total{reason=\"invalid\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("wsdeep_node_refusals_total{reason=\"wait_too_long\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("wsdeep_node_requests_total 3\n"));
  EXPECT_THAT(page, HasSubstr("wsdeep_node_running 1\n"));
}

TEST(NodePages, TellWhatADrainEnded) {
  BusyNode busy(30s);
  StreamLog running, waiting;
  const auto a = busy.start(running);
  running.wait_for_chunks(1);
  const auto b = busy.start(waiting);
  ASSERT_TRUE(eventually([&] { return busy.tells("waiting 1"); }));

  busy.node.leave("the test");

  EXPECT_EQ(running.wait_for_end().fault, LlmFault::kUnavailable);
  EXPECT_EQ(waiting.wait_for_end().fault, LlmFault::kUnavailable);
  const std::string page = busy.page();
  EXPECT_THAT(page, HasSubstr("wsdeep_node_cancellations_total{reason=\"drain\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("wsdeep_node_refusals_total{reason=\"draining\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("wsdeep_node_draining 1\n"));
  EXPECT_THAT(page, HasSubstr("wsdeep_node_running 0\n"));
}

TEST(NodePages, AreNotThereUnlessAskedFor) {
  const Node node(NodeOptions{}, BusyNode::engine());
  EXPECT_EQ(node.metrics_port(), 0);
}

}  // namespace
}  // namespace wsdeep::llm
