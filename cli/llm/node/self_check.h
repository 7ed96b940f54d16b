#pragma once

#include <chrono>
#include <string>

namespace wsdeep::llm {

/// Asks the node that listens at `address` (host:port, without TLS) what its load balancer asks, `Ready`: empty when it
/// serves, else why not.
std::string why_not_ready(const std::string& address, std::chrono::milliseconds timeout);

}  // namespace wsdeep::llm
