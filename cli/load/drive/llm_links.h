#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>

#include "llm/client/client.h"

namespace wsdeep::load {

/// One connection, and how many streams it carries.
struct LlmLink {
  explicit LlmLink(const llm::ClientTarget& target) : client(target) {}

  llm::Client client;
  std::atomic<std::size_t> streams = 0;
};

/// The connections to one address: the first that has room carries a new stream. Balancers let about a hundred streams
/// into a connection (HAProxy 100, an ALB 128), and gRPC keeps those beyond waiting in the client, which would be
/// measured as the target's. Connections are kept until the end.
class LlmLinks {
 public:
  static constexpr std::size_t kStreamsPerLink = 100;

  explicit LlmLinks(llm::ClientTarget target) : target_(std::move(target)) {}

  /// Throws Error that says why no LLM service answers there, and what to do.
  void reach();
  /// Has room for the stream that takes it; `streams` counts it.
  LlmLink& take();
  const llm::ClientTarget& target() const { return target_; }

 private:
  const llm::ClientTarget target_;
  std::mutex mutex_;
  std::deque<LlmLink> links_;
};

}  // namespace wsdeep::load
