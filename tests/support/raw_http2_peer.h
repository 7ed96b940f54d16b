#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/raw_http2.h"
#include "support/silent_listener.h"

namespace wsdeep::test::http2 {

/// Plays a script to each connection, one after the other.
class Peer {
 public:
  using Script = std::function<void(RawSocket&)>;

  explicit Peer(std::vector<Script> scripts)
      : thread_([this, scripts = std::move(scripts)] {
          for (const Script& script : scripts) {
            RawSocket socket = listener_.accept();
            ++connections;
            open(socket);
            script(socket);
            socket.read_to_end();
          }
        }) {}
  ~Peer() { thread_.join(); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  std::string url() const { return "grpc://127.0.0.1:" + std::to_string(listener_.port()); }

  std::atomic<int> connections = 0;

 private:
  SilentListener listener_;
  std::thread thread_;
};

inline Peer::Script answering(const std::string& bytes) {
  return [bytes](RawSocket& socket) {
    await_request(socket);
    socket.send(bytes);
  };
}

}  // namespace wsdeep::test::http2
