#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "llm/client/client_loop.h"
#include "llm/stream.h"

/// A streaming call of the client. Private to cli/llm.
namespace wsdeep::llm {

using Deadline = std::chrono::system_clock::time_point;

/// How often a call is made at most: again when the server says that it did not look at it (`was_not_processed`).
inline constexpr int kAttempts = 2;

/// Gives the context the metadata and the deadline that every call of the client has.
void prepare(grpc::ClientContext& context, const std::string& sticky_cookie, Deadline deadline);
using Metadata = std::vector<std::pair<std::string, std::string>>;
/// Gives it what else a request brings. Throws Error{kUsage} for what gRPC cannot send.
void add_metadata(grpc::ClientContext& context, const Metadata& metadata);
/// The `cookie` to send with the next turn: what was sent, changed by what the server set in either metadata.
std::string next_cookie(const grpc::ClientContext& context, const std::string& sent);

/// What a stream runs on, and keeps alive.
struct StreamCarrier {
  std::shared_ptr<ClientLoop> loop;
  std::shared_ptr<grpc::Channel> channel;
  /// Set by a stream whose node drains: calls that come take another channel, and so another connection. On this one
  /// they would reach the same node until its GOAWAY is there, which a balancer may keep for itself.
  std::shared_ptr<std::atomic<bool>> is_left;
  std::chrono::milliseconds connect_timeout{};
};

std::unique_ptr<LlmStream> open_stream(StreamCarrier carrier, const LlmRequest& request,
                                       std::chrono::milliseconds timeout, StreamEvents events);

}  // namespace wsdeep::llm
