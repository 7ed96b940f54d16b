#pragma once

#include <string_view>

namespace wsdeep::preflight {

/// Whether two blocks of IPv4 addresses (`10.40.0.0/16`) share any; false when one of them is none.
bool overlap(std::string_view a, std::string_view b);

}  // namespace wsdeep::preflight
