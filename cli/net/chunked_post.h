#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "net/http_message.h"

namespace wsdeep::net {

/// A POST whose body is written while it is sent: in chunks, with trailers behind them, over plain HTTP/1.1 on a
/// connection of its own. For one thread.
class ChunkedPost {
 public:
  /// `authority` is `host:port`; `trailers` are the names of those that may come. Throws TransportError when nobody
  /// listens.
  ChunkedPost(const std::string& authority, std::string_view path, const Headers& headers,
              std::chrono::milliseconds patience);
  ~ChunkedPost();
  ChunkedPost(ChunkedPost&&) noexcept;
  ChunkedPost& operator=(ChunkedPost&&) noexcept;

  /// False when the peer has ended, or has answered, before the body did, or takes nothing for as long as `patience`;
  /// and from then on. Of nothing it only looks.
  bool write(std::string_view piece);
  /// Ends the body; the status that is answered. 0: none came.
  int end(const Headers& trailers = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::net
