#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "aws/ssm.h"
#include "base/env.h"

namespace wsdeep::aws {

struct TunnelOptions {
  std::string instance;  ///< i-… or mi-…
  std::string host;      ///< what the instance connects to; empty: itself
  std::uint16_t port = 0;
  std::string profile;                         ///< for the plugin; empty: none
  std::chrono::milliseconds patience{20'000};  ///< until the local port is open
};

/// A port of this machine that leads to one of an instance, or of a host that it reaches, through Session Manager's
/// port forwarding: no inbound port, no bastion, no key. AWS's session-manager-plugin does the work, as a child
/// process. The session is ended with the tunnel.
class SessionTunnel {
 public:
  /// Opens it. Throws Error{kNotFound} when there is no plugin, with where to get it, Error{kFailure} when it does not
  /// come about in time, Error{kInterrupted} when `stop` is requested, ServiceError.
  SessionTunnel(Ssm& ssm, const TunnelOptions& options, const Env& env, const std::stop_token& stop);
  ~SessionTunnel();
  SessionTunnel(const SessionTunnel&) = delete;
  SessionTunnel& operator=(const SessionTunnel&) = delete;

  std::uint16_t port() const;
  /// Why it has ended by itself, for a person; empty: it has not. What ends is noticed a little later: `patience` waits
  /// for that, where something failed that may be the tunnel's fault.
  std::string fault(std::chrono::milliseconds patience) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::aws
