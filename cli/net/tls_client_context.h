#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "net/stream.h"

namespace wsdeep::net {

/// A context that trusts the system's CAs and those in `ca_file` (PEM; empty: none besides). Shared by all callers with
/// the same file as long as the file does not change: parsing the system's CAs takes some 20 ms and 1 MB.
/// Throws Error{kFailure} that names the file when it holds no certificate. May be called from any thread.
std::shared_ptr<asio::ssl::context> client_context(const std::string& ca_file);

/// Sends `host` in the handshake (SNI, for a name) and insists on a certificate for it.
void expect_host(Stream& stream, const std::string& host);

/// Why the handshake failed, for a person: unknown CA, wrong name, expired. `failed` as the handshake gave it.
std::string tls_cause(Stream& stream, const std::string& host, error_code failed);

}  // namespace wsdeep::net
