#pragma once

#include <chrono>
#include <functional>

namespace wsdeep::testing {

/// How long a test waits for what must come; only a broken build ever waits that long.
inline constexpr std::chrono::seconds kPatience{30};

/// Asks again until `holds` is true; false when it never was.
inline bool eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end)
    if (holds()) return true;
  return false;
}

}  // namespace wsdeep::testing
