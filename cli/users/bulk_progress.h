#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace wsdeep::users {

/// How far a bulk run is; its jobs count what they did.
struct BulkProgress {
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> before{0};  ///< what an earlier run did
};

/// `[#######----] 63% 1896/3000 745/s 1.5s to go (the pool allows 30 requests/s)`, at most `columns` wide (0: as long
/// as it is, and without a bar); see with_bar. `allowed`, requests a second, is told when it is not 0.
std::string progress_line(const BulkProgress& progress, std::uint64_t total, double seconds, double allowed,
                          std::size_t columns);

}  // namespace wsdeep::users
