#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "net/event_loop.h"
#include "net/server.h"

namespace wsdeep::llm {

/// The pages of metrics over HTTP, on a port and a thread of their own: who scrapes does not disturb who generates, and
/// can do so until the node has drained.
class MetricsServer {
 public:
  struct Pages {
    std::function<std::string()> own;
    std::function<net::HttpResponse()> engine;
  };

  /// Listens at once; throws as net::Server does.
  MetricsServer(const std::string& listen, Pages pages);
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  const Pages pages_;
  net::EventLoop loop_;
  std::unique_ptr<net::Server> server_;
  std::uint16_t port_;
  std::thread thread_;
};

}  // namespace wsdeep::llm
