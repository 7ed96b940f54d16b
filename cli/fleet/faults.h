#pragma once

#include <string>

#include "base/error.h"

namespace wsdeep::fleet {

/// A failure in one line, with what to allow for one that is a lack of permission.
std::string short_cause(const Error& error);

/// True for a failure that the next look may not meet: throttling, a fault inside AWS, a broken connection.
bool may_pass(const Error& error);

}  // namespace wsdeep::fleet
