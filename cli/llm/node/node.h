#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "llm/engine/engine.h"
#include "llm/node/admission.h"
#include "llm/node/drain.h"
#include "llm/node/node_tls.h"
#include "llm/node_health.h"

namespace wsdeep::llm {

struct NodeOptions {
  std::string listen = "127.0.0.1:0";
  std::string node_id;  ///< empty: host name and port
  TlsFiles tls;
  std::string metrics_listen;      ///< address and port of the page of metrics; empty: there is none
  bool reads_engine_page = false;  ///< also without a page of its own: the engine's tells how full its KV cache is
  AdmissionOptions admission;
  bool set_cookie = false;  ///< plays a load balancer with stickiness: answers `set-cookie: wsdeep-node=ID`
  DrainTimes drain;
  /// How long a client may read nothing although text waits for it: then its slot is somebody else's.
  std::chrono::milliseconds reading_patience{60'000};
  std::function<void()> on_stopped{};  ///< called once, from a thread of the node's
};

/// The gRPC server of a node: llm.LLMService, grpc.health.v1 (Check and Watch, tied to the engine's health) and
/// reflection. A call that the client cancelled frees its slot, or its place in the queue, at once. How it goes:
/// node/drain.h. Safe to use from several threads.
class Node {
 public:
  /// Listens at once; throws Error{kFailure} that names the address when it cannot.
  Node(const NodeOptions& options, std::unique_ptr<Engine> engine);
  /// Ends at once what still runs.
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  std::uint16_t port() const;
  /// That of the page of metrics; 0: there is none.
  std::uint16_t metrics_port() const;
  NodeHealth health() const;
  bool engine_is_well() const;
  /// The `share` quantile of the last minute's times to the first token, in microseconds; nothing: there was none.
  std::optional<std::int64_t> recent_first_token(double share) const;

  /// These return at once. `cause` is for the log and for whoever asks for the health; `left`: the machine is gone
  /// then.
  void leave(std::string cause, std::optional<std::chrono::milliseconds> left = std::nullopt);
  void stand_aside(std::string cause);
  void come_back();
  void hurry();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::llm
