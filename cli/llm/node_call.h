#pragma once

#include "llm.grpc.pb.h"
#include "llm/node_core.h"

/// The calls of a node. Private to cli/llm.
namespace wsdeep::llm {

/// Each starts a generation, or ends the call with a status at once; the reactor deletes itself when the call is over.
grpc::ServerWriteReactor<::llm::LLMResponse>* serve_stream(NodeCore& core, grpc::CallbackServerContext& context,
                                                           const ::llm::LLMRequest& request);
grpc::ServerUnaryReactor* serve_complete(NodeCore& core, grpc::CallbackServerContext& context,
                                         const ::llm::LLMRequest& request, ::llm::LLMCompleteResponse& response);

}  // namespace wsdeep::llm
