#include "net/frame_guard.h"

#include <algorithm>

// API Gateway closes a WebSocket with 1009 when one *frame* is above 32 KB, although a *message* may have 128 KB over
// several frames. Beast limits messages but does not tell its reader how large a frame is, so this guard stands below
// it and follows the frames in the raw bytes (RFC 6455 §5.2):
//
//   byte 0   FIN, RSV1-3, opcode        byte 1   MASK, length 0..125, or 126: 2 more bytes hold it, or 127: 8 more
//   then the mask key, 4 bytes, when MASK is set; then the payload
//
// A header may be cut anywhere by the network, and one read may hold many frames. Payload is skipped by arithmetic, so
// the cost is a few instructions a frame.
//
// The connection is to be closed with 1009, in order with the messages before the bad frame and with the frames that
// this side is writing. Beast does all of that itself when a message passes its own limit. So the guard only says
// when: the caller lowers Beast's message limit as soon as the very next thing that Beast parses is the bad header. If
// that header begins amid the bytes of one read, the messages before it must be parsed first, under the old limit: the
// guard then admits the bytes up to the header only, and sees the others again with the next read.
//
// Example, limit 5 (unmasked for brevity): `81 02 h i | 81 06 s e v e n …` admits the first four bytes; shown the rest
// it admits all of it, `oversized`.

namespace wsdeep::net {
namespace {

constexpr unsigned char kMaskBit = 0x80;
constexpr std::size_t kMaskKeyBytes = 4;

}  // namespace

std::size_t FrameGuard::header_size() const {
  if (have_ < 2) return 2;
  const unsigned length = header_[1] & 0x7Fu;
  return length == 127 ? 10 : length == 126 ? 4 : 2;
}

std::uint64_t FrameGuard::payload_size() const {
  if (header_size() == 2) return header_[1] & 0x7Fu;
  std::uint64_t size = 0;
  for (std::size_t i = 2; i < header_size(); ++i) size = size << 8 | header_[i];
  return size;
}

FrameGuard::Verdict FrameGuard::admit(std::span<const char> bytes) {
  std::size_t frame_start = 0;  // of a header that began in an earlier span, its rest
  for (std::size_t at = 0; at < bytes.size();) {
    if (payload_left_ > 0) {
      const std::uint64_t skipped = std::min<std::uint64_t>(payload_left_, bytes.size() - at);
      payload_left_ -= skipped;
      at += static_cast<std::size_t>(skipped);
      continue;
    }
    if (have_ == 0) frame_start = at;
    header_[have_++] = static_cast<unsigned char>(bytes[at++]);
    if (have_ < header_size()) continue;
    const std::uint64_t size = payload_size();
    const std::size_t mask = (header_[1] & kMaskBit) != 0 ? kMaskKeyBytes : 0;
    have_ = 0;
    if (size > limit_ && frame_start > 0) return {frame_start};
    if (size > limit_) return {bytes.size(), true};
    payload_left_ = mask + size;
  }
  return {bytes.size()};
}

}  // namespace wsdeep::net
