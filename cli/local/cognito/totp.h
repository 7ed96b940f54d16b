#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

/// Time-based one-time passwords as authenticator apps make them: RFC 6238 with HMAC-SHA-1, 30 seconds and 6 digits.
namespace wsdeep::local {

/// RFC 4648 §6, upper-case, without padding: how a secret is told to an app.
std::string base32(std::string_view bytes);
std::optional<std::string> from_base32(std::string_view text);

/// A random secret in base32, as long as Cognito's.
std::string make_totp_secret();

/// The code of the `step`th 30 seconds since 1970. `secret` as bytes.
std::string totp_code(std::string_view secret, std::int64_t step);

struct TotpVerdict {
  bool right = false;
  std::int64_t step = 0;  ///< of the code, when it is right
};
/// One step of difference between the clocks is allowed, either way (RFC 6238 §5.2). The caller remembers the step: no
/// code is good twice.
TotpVerdict check_totp(std::string_view secret, std::string_view code, SystemTime now);

}  // namespace wsdeep::local
