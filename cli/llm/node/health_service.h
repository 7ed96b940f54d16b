#pragma once

#include <mutex>
#include <unordered_set>

#include "grpc/health/v1/health.grpc.pb.h"
#include "llm/node/call_source.h"

/// grpc.health.v1 of a node. Private to cli/llm.
///
/// gRPC brings one, which says SERVING from the server's first moment until it is told otherwise, and whose Watch calls
/// nobody can end: a node that goes would break them off.
namespace wsdeep::llm {

class WatchCall;

class HealthService {
 public:
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;

  /// To be registered with the server.
  grpc::health::v1::Health::AsyncService service;

  /// Waits for the first call of each method.
  void wait_for_calls(CallSource& source);
  /// Tells who watches, when it is another status than before. NOT_SERVING at first.
  void publish(bool serving);
  /// Ends the watches, those to come too: the node is draining.
  void close();

  Status status();

 private:
  friend class WatchCall;

  std::mutex mutex_;
  bool serving_ = false;
  bool closed_ = false;
  std::unordered_set<WatchCall*> watches_;
};

}  // namespace wsdeep::llm
