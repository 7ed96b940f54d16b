#include "load/drive/clock_watch.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "llm.grpc.pb.h"
#include "support/eventually.h"

namespace wsdeep::load {
namespace {

std::int64_t our_monotonic_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

/// A node whose clock is one hour behind ours, and to which the way is 4 ms longer than the way back.
class ShiftedNode final : private ::llm::LLMService::Service {
 public:
  static constexpr std::int64_t kStep = -3'600'000'000;

  explicit ShiftedNode(bool tells) : tells_(tells) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~ShiftedNode() override { server_->Shutdown(std::chrono::system_clock::now()); }
  ShiftedNode(const ShiftedNode&) = delete;
  ShiftedNode& operator=(const ShiftedNode&) = delete;

  llm::ClientTarget target() const {
    llm::ClientTarget target;
    target.url = "grpc://127.0.0.1:" + std::to_string(port_);
    return target;
  }

 private:
  grpc::Status HealthCheck(grpc::ServerContext*, const ::llm::HealthCheckRequest*,
                           ::llm::HealthCheckResponse* response) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(4));  // the way
    response->set_status("healthy");
    response->set_node_id("n1");
    if (!tells_) return grpc::Status::OK;
    response->set_clock_received_us(our_monotonic_us() + kStep);
    response->set_clock_sent_us(our_monotonic_us() + kStep);
    return grpc::Status::OK;
  }

  const bool tells_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST(ClockWatch, FindsAShiftedClockWithinItsErrorOverAnUnequalWay) {
  const ShiftedNode node(true);
  ClockWatch watch({node.target()});
  ASSERT_TRUE(
      testing::eventually([&] { return !watch.offsets().all().empty() && watch.offsets().all()[0].samples > 3; }));
  watch.stop();
  const ClockOffset offset = watch.offsets().at("n1", our_monotonic_us()).value();
  EXPECT_LE(std::abs(offset.offset - ShiftedNode::kStep), offset.error);
  EXPECT_GE(offset.error, 2'000) << "half of the 4 ms by which the ways differ";
}

TEST(ClockWatch, KnowsNothingOfAnOlderNodeAndOfOneThatIsNotThere) {
  const ShiftedNode node(false);
  llm::ClientTarget nobody;
  nobody.url = "grpc://127.0.0.1:1";
  ClockWatch watch({node.target(), nobody});
  watch.stop();
  EXPECT_TRUE(watch.offsets().all().empty());
}

}  // namespace
}  // namespace wsdeep::load
