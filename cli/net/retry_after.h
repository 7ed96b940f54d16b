#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "net/http_message.h"

namespace wsdeep::net {

/// What `Retry-After` (RFC 9110 §10.2.3: seconds, or a date) asks for, an hour at most; nothing when it is not there or
/// says nothing. A date that is over asks for no wait.
std::optional<std::chrono::milliseconds> retry_after(const Headers& headers, SystemTime now);

}  // namespace wsdeep::net
