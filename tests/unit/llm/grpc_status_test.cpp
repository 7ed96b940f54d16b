#include "llm/grpc_status.h"

#include <gtest/gtest.h>

namespace wsdeep::llm {
namespace {

using grpc::StatusCode;

TEST(GrpcStatus, MapsStatusCodesToFaultsAndBack) {
  for (const LlmFault fault : {LlmFault::kUnavailable, LlmFault::kOverloaded, LlmFault::kTimeout, LlmFault::kCancelled,
                               LlmFault::kInvalid, LlmFault::kInternal})
    EXPECT_EQ(to_fault(to_status(fault, "why")), fault);
  EXPECT_EQ(to_fault({StatusCode::UNIMPLEMENTED, ""}), LlmFault::kInternal);
}

TEST(GrpcStatus, CallsAResetStreamUnavailable) {
  EXPECT_EQ(to_fault({StatusCode::INTERNAL, "Received RST_STREAM with error code 2"}), LlmFault::kUnavailable);
  EXPECT_EQ(to_fault({StatusCode::UNKNOWN, "Stream removed"}), LlmFault::kUnavailable);
}

TEST(GrpcStatus, DescribesAStatusBoundedAndPrintable) {
  EXPECT_EQ(describe({StatusCode::UNAVAILABLE, "no\nroute\x1B[31m"}), "UNAVAILABLE: no\\nroute\\x1b[31m");
  EXPECT_EQ(describe({StatusCode::INTERNAL, std::string(10'000, 'x')}), "INTERNAL: " + std::string(300, 'x') + "…");
  EXPECT_EQ(describe({StatusCode::UNAUTHENTICATED, ""}), "UNAUTHENTICATED");
}

TEST(GrpcStatus, SaysTheSameOfAResetWhicheverSystemCallMeetsIt) {
  for (const char* theirs : {"Connection reset by peer", "recvmsg:Connection reset by peer", "sendmsg:Broken pipe"}) {
    const grpc::Status reset{StatusCode::UNAVAILABLE, theirs};
    EXPECT_EQ(describe(reset), "UNAVAILABLE: the server reset the connection");
    EXPECT_EQ(to_fault({StatusCode::UNKNOWN, theirs}), LlmFault::kUnavailable);
  }
}

TEST(GrpcStatus, KeepsThePeersWordsInUtf8) {
  EXPECT_EQ(describe({StatusCode::NOT_FOUND, "modèle 深 \xFF"}), "NOT_FOUND: modèle 深 \\xff");
  std::string long_words = "x";
  for (int i = 0; i < 200; ++i) long_words += "é";
  const std::string told = describe({StatusCode::NOT_FOUND, long_words});
  EXPECT_TRUE(told.ends_with("é…")) << told;
  EXPECT_EQ(to_status(LlmFault::kInternal, "modèle \xFF").error_message(), "modèle \\xff");
}

TEST(GrpcStatus, AsksWhetherItIsGrpcWhenTheAnswerIsNone) {
  const std::string lost = "failed to connect to all addresses; last error: ";
  for (const auto& [theirs, ours] :
       {std::pair("No status received", "it answered without a grpc-status: is this a gRPC server?"),
        {"Stream removed", "its answer broke off before a grpc-status: is this a gRPC server?"},
        {"Received http2 header with status: 404", "it answered HTTP 404: is this a gRPC server?"}})
    EXPECT_EQ(describe({StatusCode::UNKNOWN, theirs}), ours);
  EXPECT_EQ(describe({StatusCode::UNAVAILABLE, lost + "OK"}), "it speaks HTTP/1.1: is this a gRPC server?");
  EXPECT_EQ(describe({StatusCode::UNAVAILABLE, lost + "UNKNOWN: no route"}),
            "UNAVAILABLE: " + lost + "UNKNOWN: no route");
}

TEST(GrpcStatus, TellsWhyThereIsNoConnection) {
  const std::string lost = "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: ";
  for (const auto& [theirs, ours] :
       {std::pair("Failed to connect to remote host: Connection refused", "connection refused: nobody listens there"),
        {"tcp handshaker shutdown", "no connection came about in time"},
        {"Ssl handshake failed: SSL_ERROR_SSL: error:0A000086:SSL routines::certificate verify failed",
         "the server's certificate is refused"},
        {"Peer name a is not in peer certificate", "the server's certificate is for another name"}})
    EXPECT_EQ(describe({StatusCode::UNAVAILABLE, lost + theirs}), ours);
  EXPECT_EQ(describe({StatusCode::UNAVAILABLE,
                      "DNS resolution failed for a:1: C-ares status is not ARES_SUCCESS "
                      "qtype=A name=a is_balancer=0: Domain name not found"}),
            "the host name does not resolve: domain name not found");
  EXPECT_TRUE(began_no_grpc({StatusCode::UNAVAILABLE, lost + "Socket closed"}));
  EXPECT_FALSE(began_no_grpc({StatusCode::UNAVAILABLE, lost + "Connection refused"}));
  EXPECT_FALSE(began_no_grpc({StatusCode::UNAVAILABLE, "draining"}));
}

TEST(GrpcStatus, ItsOwnEndOfAnAttemptToConnectIsNoResetOfThePeers) {
  const std::string lost = "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: ";
  const grpc::Status reset{StatusCode::UNAVAILABLE,
                           lost + "Failed to connect to remote host: Connection reset by peer"};
  const SteadyTime now = std::chrono::steady_clock::now();
  const grpc::Status own = without_own_reset(reset, now);
  EXPECT_EQ(own.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(describe(own), "no connection came about in time");
  EXPECT_EQ(break_of(own), LlmBreak::kNoConnection);
  EXPECT_FALSE(began_no_grpc(own));
  // The peer's are left as they are: one that comes sooner, and one of a connection that was there.
  EXPECT_EQ(without_own_reset(reset, now + std::chrono::seconds(3)).error_message(), reset.error_message());
  const grpc::Status broken{StatusCode::UNAVAILABLE, lost + "recvmsg:Connection reset by peer"};
  EXPECT_EQ(without_own_reset(broken, now).error_message(), broken.error_message());
}

TEST(GrpcStatus, TellsALostConnectionFromABrokenStream) {
  for (const char* words :
       {"Socket closed", "Transport closed", "recvmsg:Connection reset by peer", "sendmsg:Broken pipe",
        "keepalive watchdog timeout", "recvmsg:Connection timed out", "Endpoint read failed"})
    EXPECT_EQ(break_of({StatusCode::UNAVAILABLE, words}), LlmBreak::kLost) << words;
  for (const char* words :
       {"Received RST_STREAM with error code 2", "Stream removed", "GOAWAY received", "Failed parsing HTTP/2"})
    EXPECT_EQ(break_of({StatusCode::INTERNAL, words}), LlmBreak::kStreamBroke) << words;
}

TEST(GrpcStatus, KnowsACallThatWasNotLookedAt) {
  EXPECT_TRUE(was_not_processed({StatusCode::UNAVAILABLE, "GOAWAY received"}));
  EXPECT_TRUE(was_not_processed({StatusCode::UNAVAILABLE, "Received RST_STREAM with error code 7"}));
  EXPECT_TRUE(was_not_processed({StatusCode::UNAVAILABLE, "Transport closed"}));
  EXPECT_FALSE(was_not_processed({StatusCode::UNAVAILABLE, "Socket closed"}));
  EXPECT_FALSE(was_not_processed({StatusCode::INTERNAL, "Received RST_STREAM with error code 2"}));
}

}  // namespace
}  // namespace wsdeep::llm
