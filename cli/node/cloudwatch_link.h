#pragma once

#include <stop_token>
#include <string>

#include "aws/credential_chain.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/files.h"
#include "llm/node/node.h"
#include "node/load_publisher.h"

namespace wsdeep::node {

/// How a service is reached, called `id` in AWS's own settings and `prefix` in host names: region and endpoint by AWS's
/// own rules; an instance knows its region without being told. Throws Error{kUsage} when none is known.
aws::ClientOptions client_options(const std::string& id, const std::string& prefix, const Env& env, const Files& files);

/// How CloudWatch is reached; throws as `client_options`.
PublisherOptions publisher_options(const std::string& group, const Env& env, const Files& files);

/// Publishes how busy a node is while this lives, with the keys that AWS's credential chain finds.
class CloudWatchLink {
 public:
  /// `node` outlives the link.
  CloudWatchLink(PublisherOptions options, const Env& env, const llm::Node& node);
  ~CloudWatchLink() { stop_.request_stop(); }
  CloudWatchLink(const CloudWatchLink&) = delete;
  CloudWatchLink& operator=(const CloudWatchLink&) = delete;

 private:
  SystemClock clock_;
  DiskFiles files_;
  std::stop_source stop_;
  aws::CredentialChain credentials_;
  LoadPublisher publisher_;
};

}  // namespace wsdeep::node
