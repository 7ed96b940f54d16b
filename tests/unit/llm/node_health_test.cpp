#include <gtest/gtest.h>

#include <atomic>

#include "llm/node.h"
#include "support/raw_grpc_call.h"

namespace wsdeep::llm {
namespace {

using testing::RawGrpcCall;

// grpc.health.v1.HealthCheckResponse{status}, on the wire.
constexpr const char* kServing = "\x08\x01";
constexpr const char* kNotServing = "\x08\x02";

std::string asking_for(const std::string& service) {
  return service.empty() ? "" : "\x0A" + std::string(1, static_cast<char>(service.size())) + service;
}

/// An engine whose health a test switches; it serves nothing.
class SwitchedEngine final : public Engine {
 public:
  explicit SwitchedEngine(std::shared_ptr<std::atomic<bool>> healthy) : healthy_(std::move(healthy)) {}
  std::string name() const override { return "switched"; }
  std::vector<std::string> models() const override { return {}; }
  EngineStatus status() const override {
    EngineStatus status;
    status.healthy = *healthy_;
    status.reason = *healthy_ ? "" : "the GPU fell off the bus";
    return status;
  }
  std::unique_ptr<Generation> start(const LlmRequest&, EngineEvents) override { return nullptr; }

 private:
  std::shared_ptr<std::atomic<bool>> healthy_;
};

class NodeHealthService : public ::testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<std::atomic<bool>> healthy_ = std::make_shared<std::atomic<bool>>(true);
  Node node_{{}, std::make_unique<SwitchedEngine>(healthy_)};
};

INSTANTIATE_TEST_SUITE_P(BothNames, NodeHealthService, ::testing::Values("", "llm.LLMService"));

TEST_P(NodeHealthService, WatchFollowsTheEngine) {
  RawGrpcCall watch(node_.port(), "/grpc.health.v1.Health/Watch", asking_for(GetParam()));
  std::string state = watch.read().value_or("");
  if (state != kServing) state = watch.read().value_or("");  // the node may have started a moment ago
  EXPECT_EQ(state, kServing);
  *healthy_ = false;
  EXPECT_EQ(watch.read(), kNotServing);
  *healthy_ = true;
  EXPECT_EQ(watch.read(), kServing);
}

TEST_P(NodeHealthService, WatchSeesTheNodeGo) {
  RawGrpcCall watch(node_.port(), "/grpc.health.v1.Health/Watch", asking_for(GetParam()));
  std::string state = watch.read().value_or("");
  if (state != kServing) watch.read();
  node_.shut_down(std::chrono::milliseconds(0));
  EXPECT_EQ(watch.read(), kNotServing);
}

TEST_P(NodeHealthService, CheckAnswersOnce) {
  EXPECT_TRUE(testing::eventually([&] {
    RawGrpcCall check(node_.port(), "/grpc.health.v1.Health/Check", asking_for(GetParam()));
    return check.read() == kServing;
  }));
}

TEST(NodeHealth, TellsWhyTheEngineIsNotWell) {
  const Node node({}, std::make_unique<SwitchedEngine>(std::make_shared<std::atomic<bool>>(false)));
  EXPECT_EQ(node.health().status, "the GPU fell off the bus");
}

}  // namespace
}  // namespace wsdeep::llm
