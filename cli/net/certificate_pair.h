#pragma once

#include <string>

#include "base/clock.h"

/// What a server's PEM files are worth, before anybody is shown them.
namespace wsdeep::net {

/// The end of the first certificate in `certificate_pem`. Throws Error{kFailure} with the reason when it cannot be
/// read, or `key_pem` is not its key, or needs a password.
SystemTime check_certificate_pair(const std::string& certificate_pem, const std::string& key_pem);

/// How many certificates there are in `pem`; throws Error{kFailure} when one cannot be read, or there is none.
int count_certificates(const std::string& pem);

}  // namespace wsdeep::net
