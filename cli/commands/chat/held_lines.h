#pragma once

#include <chrono>
#include <cstddef>

/// What others say, while the model answers, is not to part a line of its answer: it waits for that line's end, but not
/// for ever.
namespace wsdeep::commands {

inline constexpr std::chrono::seconds kLongestHeld{5};
inline constexpr std::size_t kMostHeldBytes = 64 * 1024;

}  // namespace wsdeep::commands
