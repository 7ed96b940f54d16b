#pragma once

#include <cstddef>
#include <functional>

#include "base/console.h"

namespace wsdeep::commands {

/// For PackageOptions::progress: a line on a terminal that is gone when all is done; nothing elsewhere.
std::function<void(std::size_t done, std::size_t total)> package_progress(const Console& console);

}  // namespace wsdeep::commands
