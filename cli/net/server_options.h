#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "net/http_message.h"

namespace wsdeep::net {

struct TlsFiles {
  std::string certificate_chain_file;  ///< PEM
  std::string private_key_file;        ///< PEM
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: the kernel chooses
  std::optional<TlsFiles> tls;
  std::size_t max_body_bytes = 8 << 20;
  std::size_t max_header_bytes = 32 * 1024;
  /// At a time, without those that are WebSockets: who comes then is accepted when another one has gone. 0: no bound.
  std::size_t max_connections = 0;
  std::chrono::seconds request_timeout{30};  ///< from the first byte of a request to its last
  std::chrono::seconds idle_timeout{75};     ///< a kept-alive connection without a request
  /// Which requests are handed over at their head, before their body (HttpExchange::on_body). That has no limit then;
  /// but one that is to be longer than max_body_bytes by its own Content-Length never comes: such a request is for
  /// refusing.
  std::function<bool(const HttpRequest& head)> at_head{};
};

}  // namespace wsdeep::net
