#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wsdeep::net {

/// With whom to begin TLS, and as whom.
struct TlsLookCall {
  std::string host;
  std::uint16_t port = 0;
  std::string name;              ///< for which its certificate has to be
  std::string ca_file;           ///< PEM to trust instead of the system's; empty: the system's
  std::string certificate_file;  ///< PEM, with its key, to show to a server that asks; or empty
  std::string key_file;
  std::chrono::milliseconds timeout{2000};  ///< of all
};

/// What a server does with somebody who begins TLS.
struct TlsLook {
  enum class Talk {
    kSilent,   ///< nothing within the time
    kClosed,   ///< it ended the connection
    kForeign,  ///< what it says is not TLS
    kTls,
  };
  Talk talk = Talk::kSilent;
  std::string alert;               ///< with which it ended TLS, in TLS's words; or empty
  std::string fault;               ///< why its certificate is refused, for a person; or empty
  bool is_untrusted = false;       ///< that is because of the CA
  bool is_misnamed = false;        ///< that is because of the name
  std::vector<std::string> names;  ///< those that its certificate is for, at most 8, printable
  std::string issuer;              ///< who signed it, printable
  std::string ended;               ///< when it expired, `2026-11-28`; empty: it did not
  bool left = false;               ///< it ended the connection right after TLS had begun
  bool wants_certificate = false;  ///< it asked for a client's certificate, and there was none
  bool has_http2 = false;          ///< it agreed on HTTP/2 (ALPN)
};

/// Begins TLS with a server, checks what it shows, and leaves: to tell a person why a connection did not come about.
/// Nothing when there is no connection at all.
std::optional<TlsLook> look_at_tls(const TlsLookCall& call);

}  // namespace wsdeep::net
