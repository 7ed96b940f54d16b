#pragma once

#include <memory>

#include "llm.grpc.pb.h"
#include "llm/client_loop.h"
#include "llm/stream.h"

/// A streaming call of the client. Private to cli/llm.
namespace wsdeep::llm {

/// `context` metadata and deadline as every call of the client has them.
void prepare(grpc::ClientContext& context, const std::string& sticky_cookie, std::chrono::milliseconds timeout);
/// The `cookie` to send with the next turn: what was sent, changed by what the server set in either metadata.
std::string next_cookie(const grpc::ClientContext& context, const std::string& sent);

/// What a stream runs on, and keeps alive.
struct StreamCarrier {
  std::shared_ptr<ClientLoop> loop;
  std::shared_ptr<::llm::LLMService::Stub> stub;
};

std::unique_ptr<LlmStream> open_stream(StreamCarrier carrier, const LlmRequest& request,
                                       std::chrono::milliseconds timeout, StreamEvents events);

}  // namespace wsdeep::llm
