#include <gtest/gtest.h>

#include <atomic>

#include "llm/node/node.h"
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

/// Reads until the watcher hears `wanted`; the node may repeat what it said before.
bool hears(RawGrpcCall& watch, const std::string& wanted) {
  while (const auto said = watch.read())
    if (*said == wanted) return true;
  return false;
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
  EXPECT_TRUE(hears(watch, kServing));
  *healthy_ = false;
  EXPECT_TRUE(hears(watch, kNotServing));
  *healthy_ = true;
  EXPECT_TRUE(hears(watch, kServing));
}

TEST_P(NodeHealthService, WatchSeesTheNodeGo) {
  RawGrpcCall watch(node_.port(), "/grpc.health.v1.Health/Watch", asking_for(GetParam()));
  EXPECT_TRUE(hears(watch, kServing));
  node_.leave("a test");
  EXPECT_TRUE(hears(watch, kNotServing));
}

TEST_P(NodeHealthService, CheckAnswersOnce) {
  EXPECT_TRUE(testing::eventually([&] {
    RawGrpcCall check(node_.port(), "/grpc.health.v1.Health/Check", asking_for(GetParam()));
    return check.read() == kServing;
  }));
}

/// What a load balancer makes of a health check: the call's status, whatever the message says.
grpc::Status readiness(Node& node) {
  RawGrpcCall ready(node.port(), "/llm.LLMService/Ready", "");
  while (ready.read()) continue;
  return ready.finish();
}

TEST(NodeHealth, ReadyFailsWhileTheEngineIsNotWell) {
  const auto healthy = std::make_shared<std::atomic<bool>>(false);
  Node node({}, std::make_unique<SwitchedEngine>(healthy));
  const grpc::Status unwell = readiness(node);
  EXPECT_EQ(unwell.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(unwell.error_message(), "the GPU fell off the bus");
  *healthy = true;
  EXPECT_TRUE(readiness(node).ok());
}

TEST(NodeHealth, TellsWhyTheEngineIsNotWell) {
  const Node node({}, std::make_unique<SwitchedEngine>(std::make_shared<std::atomic<bool>>(false)));
  EXPECT_EQ(node.health().status, "the GPU fell off the bus");
}

}  // namespace
}  // namespace wsdeep::llm
