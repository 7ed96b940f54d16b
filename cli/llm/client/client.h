#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "llm/client/node_view.h"
#include "llm/client/server_description.h"
#include "llm/client/target.h"
#include "llm/node_health.h"
#include "llm/stream.h"
#include "wire/llm.h"

namespace wsdeep::llm {

/// A gRPC client of `llm.LLMService`, also of servers that know only the first fields. One channel, made on first use
/// and kept; one that could not connect is replaced by the next call, so that a restarted node is found at once. Safe
/// to use from several threads. Every call throws Error{kUsage} for text that is not UTF-8.
class Client {
 public:
  /// Throws Error{kUsage} for another kind of URL, Error{kFailure} for a file that cannot be read. Does not connect.
  explicit Client(ClientTarget target);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Begins to connect, so that the first call finds a connection; returns at once.
  void connect();
  /// Has `task` called in the thread in which all streams tell what happens; not after the last client is gone.
  static void post(std::function<void()> task);
  /// Starts a generation. `timeout` is for the whole stream.
  std::unique_ptr<LlmStream> start(const LlmRequest& request, std::chrono::milliseconds timeout, StreamEvents events);
  /// The whole answer at once, without its reasoning; throws Error{kFailure} with the cause.
  std::string generate(const LlmRequest& request, std::chrono::milliseconds timeout, LlmResult& result);
  /// An old server tells the status alone. Throws Error{kFailure} with the cause.
  NodeHealth health(std::chrono::milliseconds timeout);
  /// The same for who asks again and again: the server of a call that fails is not looked at. `given_up`: request_ids,
  /// 64 at most, of calls whose fate is asked for as well.
  NodeHealth poll(std::chrono::milliseconds timeout, const std::vector<std::string>& given_up = {});
  /// Throws Error{kFailure} with the cause, also when the server is too old to tell.
  std::vector<std::string> models(std::chrono::milliseconds timeout);
  /// Follows the node until `stop`: `on_view` gets what is known of it at once, every `interval`, and when its health
  /// changes (grpc.health.v1's Watch). A node that is gone is found again when it is back.
  void watch(std::chrono::milliseconds interval, const std::stop_token& stop,
             const std::function<void(const NodeView&)>& on_view);
  /// What the server says of its services by reflection. Throws Error{kFailure} with the cause, also when it has none.
  ServerDescription describe(std::chrono::milliseconds timeout);
  /// Looks at the server of a generation that failed, for four seconds at most, and says in `cause` and `hint` what it
  /// found: another protocol, TLS that does not fit, a certificate that is refused.
  void explain(LlmOutcome& outcome, std::chrono::milliseconds timeout) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::llm
