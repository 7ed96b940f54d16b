#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <stop_token>

#include "llm/client/client_stream.h"
#include "llm/client/server_description.h"

/// Private to cli/llm.
namespace wsdeep::llm {

/// Asks by grpc.reflection.v1, and by v1alpha where that is not known. Throws PeerFault for a call that failed,
/// Error{kFailure} for answers that are not to be believed.
ServerDescription describe_server(const std::shared_ptr<grpc::Channel>& channel, Deadline deadline,
                                  const std::stop_token& stop);

}  // namespace wsdeep::llm
