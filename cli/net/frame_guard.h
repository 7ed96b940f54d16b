#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace wsdeep::net {

/// Follows the frame headers in the bytes of one WebSocket and finds the first frame above a limit.
/// The essay is in frame_guard.cpp.
class FrameGuard {
 public:
  explicit FrameGuard(std::size_t max_frame_bytes) : limit_(max_frame_bytes) {}

  struct Verdict {
    std::size_t admitted;    ///< how many of the bytes may go on; the others must be shown again
    bool oversized = false;  ///< the admitted bytes hold (the rest of) the header of a frame above the limit
  };
  /// `bytes` is what follows the bytes admitted so far. Admits at least one byte of a span that is not empty.
  Verdict admit(std::span<const char> bytes);

 private:
  std::size_t header_size() const;
  std::uint64_t payload_size() const;

  std::size_t limit_;
  std::uint64_t payload_left_ = 0;
  std::array<unsigned char, 10> header_{};  // as much as tells the length; the mask is skipped as payload
  std::size_t have_ = 0;
};

}  // namespace wsdeep::net
