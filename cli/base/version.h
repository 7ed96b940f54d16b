#pragma once

#include <string_view>

namespace wsdeep {

/// The version of this build, `MAJOR.MINOR.PATCH`.
std::string_view version();

}  // namespace wsdeep
