#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "llm/engine/engine.h"
#include "llm/node/admission.h"
#include "llm/node_health.h"

namespace wsdeep::llm {

struct NodeOptions {
  std::string listen = "127.0.0.1:0";
  std::string node_id;           ///< empty: host name and port
  std::string certificate_file;  ///< PEM; empty: plain text
  std::string key_file;
  AdmissionOptions admission;
  bool set_cookie = false;  ///< plays a load balancer with stickiness: answers `set-cookie: wsdeep-node=ID`
};

/// The gRPC server of a node: llm.LLMService, grpc.health.v1 (Check and Watch, tied to the engine's health) and
/// reflection. A call that the client cancelled frees its slot, or its place in the queue, at once.
class Node {
 public:
  /// Listens at once; throws Error{kFailure} that names the address when it cannot.
  Node(const NodeOptions& options, std::unique_ptr<Engine> engine);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  std::uint16_t port() const;
  NodeHealth health() const;
  /// Turns unhealthy, refuses new calls, gives running ones `grace`, then cancels them. Returns when all have ended.
  void shut_down(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::llm
