#pragma once

#include <chrono>
#include <stop_token>
#include <string>

namespace wsdeep::llm {

/// Which gRPC server, and how its connection is made.
struct ClientTarget {
  std::string url;        ///< `grpc://host:port` (plain text) or `grpcs://host:port`
  std::string ca_file{};  ///< for grpcs: PEM to trust instead of the system's
  std::chrono::milliseconds connect_timeout{3000};
  std::string certificate_file{};  ///< for grpcs: PEM to show to a server that asks (mutual TLS), with its key
  std::string key_file{};
  std::string authority{};   ///< what the server is called, in its certificate too, rather than the URL's host
  bool verify = true;        ///< false: for grpcs, take whatever certificate the server shows
  std::stop_token cancel{};  ///< ends every call but a stream
};

}  // namespace wsdeep::llm
