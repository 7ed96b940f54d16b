#pragma once

#include <cstdint>

namespace wsdeep::load {

inline constexpr int kMaxWorkers = 1000;

/// The part of a run that one of several workers does: of whatever is numbered from 0, the numbers i ≡ worker (mod
/// workers). All shares together are the whole, and no two have anything in common. A run on one machine is one share.
struct WorkerShare {
  int worker = 0;  ///< from 0
  int workers = 1;

  bool has(std::uint64_t index) const {
    return index % static_cast<std::uint64_t>(workers) == static_cast<std::uint64_t>(worker);
  }
  /// In the whole, of what is `number` in this share.
  std::uint64_t in_whole(std::uint64_t number) const {
    return number * static_cast<std::uint64_t>(workers) + static_cast<std::uint64_t>(worker);
  }
  /// How many of `total` belong to it.
  std::uint64_t of(std::uint64_t total) const {
    const auto all = static_cast<std::uint64_t>(workers);
    return total / all + (static_cast<std::uint64_t>(worker) < total % all ? 1 : 0);
  }

  bool operator==(const WorkerShare&) const = default;
};

}  // namespace wsdeep::load
