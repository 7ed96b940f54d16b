// A client that does not read, before a node, before an engine that writes as fast as it may.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "llm.grpc.pb.h"
#include "llm/engine/http_engine.h"
#include "llm/engine/sim_engine.h"
#include "llm/node/node.h"
#include "support/llm_stream_log.h"
#include "support/silent_listener.h"

namespace wsdeep::llm {
namespace {

using namespace std::chrono_literals;
using testing::eventually;

constexpr int kPieces = 20'000;
constexpr std::size_t kPieceBytes = 640;

/// A stream of a client whose flow-control window stays as small as it is at first.
struct SlowReader {
  explicit SlowReader(const Node& node) {
    grpc::ChannelArguments fixed_window;
    fixed_window.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    stub = ::llm::LLMService::NewStub(grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(node.port()),
                                                                grpc::InsecureChannelCredentials(), fixed_window));
    request.set_prompt("hi");
    request.set_separate_reasoning(true);
    reader = stub->GenerateStream(&context, request);
  }
  /// All text that is still to come.
  std::size_t read_all() {
    std::size_t bytes = 0;
    for (::llm::LLMResponse response; reader->Read(&response);) bytes += response.text().size();
    return bytes;
  }

  std::unique_ptr<::llm::LLMService::Stub> stub;
  grpc::ClientContext context;
  ::llm::LLMRequest request;
  std::unique_ptr<grpc::ClientReader<::llm::LLMResponse>> reader;
};

/// An engine by hand: its health, and one answer of `kPieces` pieces.
class EagerEngine {
 public:
  EagerEngine() {
    options.url = listener_.url();
    options.health_interval = 1h;
  }
  ~EagerEngine() { thread_.join(); }
  /// When it has not been able to write for a while: how many bytes it has written.
  std::size_t wait_until_stuck() { return stuck_.get_future().get(); }
  /// The node has hung up before the end.
  bool was_left() { return left_.get_future().get(); }

  HttpEngineOptions options;

 private:
  void serve() {
    {
      auto health = listener_.accept();
      health.read_until("\r\n\r\n");
      health.send("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
      health.read_until("\r\n\r\n");
      health.send("HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{\"data\":[{\"id\":\"m\"}]}");
    }
    auto peer = listener_.accept();
    peer.read_until("true}}");  // all of it: what is left unread when a socket is closed resets its connection
    const int small = 32 << 10;
    ::setsockopt(peer.fd(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    left_.set_value(!write_answer(peer.fd()));
  }
  bool write_answer(int peer) {
    if (!write(peer, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")) return false;
    const std::string piece =
        "data: {\"choices\":[{\"delta\":{\"content\":\"" + std::string(kPieceBytes, 'x') + "\"}}]}\n\n";
    for (int i = 0; i < kPieces; ++i)
      if (!write(peer, piece)) return false;
    return write(peer, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
  }
  bool write(int peer, std::string_view text) {
    constexpr int kAWhileMs = 500;
    while (!text.empty()) {
      pollfd wait{peer, POLLOUT, 0};
      if (::poll(&wait, 1, told_ ? -1 : kAWhileMs) == 0) {
        told_ = true;
        stuck_.set_value(written_);
        continue;
      }
      const ssize_t sent = ::send(peer, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent <= 0) return false;
      written_ += static_cast<std::size_t>(sent);
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  test::SilentListener listener_;
  std::promise<std::size_t> stuck_;
  std::promise<bool> left_;
  std::size_t written_ = 0;
  bool told_ = false;
  std::thread thread_{[this] { serve(); }};
};

std::unique_ptr<Node> node_before(EagerEngine& engine, const NodeOptions& options = {}) {
  auto node = std::make_unique<Node>(options, make_http_engine(engine.options));
  EXPECT_TRUE(eventually([&] { return node->health().status == "healthy"; }));
  return node;
}

TEST(BackPressure, StopsReadingTheEngineAndLosesNothing) {
  EagerEngine engine;
  const auto node = node_before(engine);
  SlowReader client(*node);

  EXPECT_LT(engine.wait_until_stuck(), 4U << 20) << "of 14 MB";

  EXPECT_EQ(client.read_all(), kPieces * kPieceBytes);
  EXPECT_EQ(client.reader->Finish().error_message(), "");
  EXPECT_FALSE(engine.was_left());
}

TEST(BackPressure, LeavesAHeldEngineWhenTheClientGoes) {
  EagerEngine engine;
  const auto node = node_before(engine);
  SlowReader client(*node);
  engine.wait_until_stuck();

  client.context.TryCancel();

  EXPECT_TRUE(engine.was_left());
  EXPECT_TRUE(eventually([&] { return node->health().active == 0; }));
}

TEST(BackPressure, GivesTheSlotOfAClientThatReadsNothingToSomebodyElse) {
  EagerEngine engine;
  NodeOptions options;
  options.reading_patience = 300ms;
  const auto node = node_before(engine, options);
  SlowReader client(*node);

  EXPECT_TRUE(engine.was_left());

  EXPECT_TRUE(eventually([&] { return node->health().active == 0; }));
  client.read_all();
  EXPECT_EQ(client.reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST(BackPressure, HoldsTheSimulatedEngineToo) {
  SimOptions options;
  options.ttft = options.inter_token = options.prefill_per_token = 0us;
  options.tokens = 100'000;
  const Node node({}, make_sim_engine(options));
  SlowReader client(node);

  const std::size_t bytes = client.read_all();

  EXPECT_TRUE(client.reader->Finish().ok());
  EXPECT_GT(bytes, 100'000U) << "a byte a token at the least";
  EXPECT_EQ(node.health().completed, 1);
}

}  // namespace
}  // namespace wsdeep::llm
