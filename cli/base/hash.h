#pragma once

#include <string>
#include <string_view>

namespace wsdeep {

/// The 32 bytes of SHA-256 (FIPS 180-4) and of HMAC-SHA-256 (RFC 2104). Throws Error{kFailure} when OpenSSL is built
/// without it.
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// Equal or not, in a time that does not depend on where they differ.
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace wsdeep
