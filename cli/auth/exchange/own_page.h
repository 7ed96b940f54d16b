#pragma once

#include <string>

#include "auth/exchange/config.h"
#include "wire/http_event.h"

namespace wsdeep::auth::exchange {

/// Whether a request that changes something may have been sent by a page of ours: what the browser itself says of its
/// origin (Fetch §3.2, Fetch Metadata) has to be `base` or an allowed origin. True where no browser says anything: what
/// is not a browser has no cookies that somebody else could use.
bool is_from_own_page(const wire::HttpEvent& event, const std::string& base, const Config& config);

}  // namespace wsdeep::auth::exchange
