#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>

#include "base/url.h"
#include "llm/client/target.h"

/// The connection to a gRPC server. Private to cli/llm.
namespace wsdeep::llm {

/// Throws Error{kUsage} for another kind of URL.
Url parse_target(const std::string& url);

/// What a connection is made with, read from the target's files. Throws Error{kFailure} that names the file which
/// cannot be used.
std::shared_ptr<grpc::ChannelCredentials> make_credentials(const Url& url, const ClientTarget& target);

/// Does not connect.
std::shared_ptr<grpc::Channel> make_channel(const Url& url, const ClientTarget& target,
                                            const std::shared_ptr<grpc::ChannelCredentials>& credentials);

}  // namespace wsdeep::llm
