#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace wsdeep::net {

struct BlockingStreamCall {
  std::string host;
  std::uint16_t port = 0;
  bool tls = false;
  std::string ca_file;                              ///< PEM to trust besides the system's; empty: none
  std::chrono::milliseconds connect_timeout{2000};  ///< of the name, the connection and TLS together
  int cancel_fd = -1;                               ///< borrowed: when it is readable, every wait ends
};

/// A connection, plain or TLS, for a thread that has nothing else to do than to wait for its peer, and a deadline for
/// each wait. Every failure is an Error{kFailure} with the cause; the connection is of no use then. OpenSSL writes to
/// it by write(2): the program ignores SIGPIPE.
class BlockingStream {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  /// Connects; checks the certificate's chain and name.
  explicit BlockingStream(const BlockingStreamCall& call);
  ~BlockingStream();
  BlockingStream(const BlockingStream&) = delete;
  BlockingStream& operator=(const BlockingStream&) = delete;

  /// All of `bytes`.
  void write(std::string_view bytes, Deadline deadline);
  /// What is there, at least a byte and at most `most`.
  std::string read(std::size_t most, Deadline deadline);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::net
