#pragma once

#include <string>

namespace wsdeep::net {

/// Why a server's certificate is refused, for a person: unknown CA, wrong name, expired. `verdict` as OpenSSL's
/// SSL_get_verify_result gives it; `name` is that of the server.
std::string certificate_fault(long verdict, const std::string& name);

}  // namespace wsdeep::net
