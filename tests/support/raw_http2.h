#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "support/raw_socket.h"

/// HTTP/2 frames by hand (RFC 9113), for a server that says exactly the bytes that a test wants.
/// tests/integration/http2_frames.py does the same with more cases.
namespace wsdeep::test::http2 {

enum Kind : unsigned char { kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6, kGoAway = 7 };
inline constexpr unsigned char kEndStream = 0x1;
inline constexpr unsigned char kEndHeaders = 0x4;
inline constexpr unsigned char kAck = 0x1;

inline std::string big_endian(std::uint32_t value, int bytes = 4) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  return out;
}

inline std::string frame(Kind kind, unsigned char flags, std::uint32_t stream, std::string_view payload) {
  std::string out = big_endian(static_cast<std::uint32_t>(payload.size()), 3);
  out += static_cast<char>(kind);
  out += static_cast<char>(flags);
  return out + big_endian(stream) + std::string(payload);
}

/// Literals without indexing (RFC 7541 §6.2.2), each shorter than 127 bytes.
inline std::string headers(std::initializer_list<std::pair<std::string_view, std::string_view>> fields, bool last,
                           std::uint32_t stream = 1) {
  std::string block;
  for (const auto& [name, value] : fields) {
    block += '\0';
    for (const std::string_view text : {name, value}) (block += static_cast<char>(text.size())) += text;
  }
  return frame(kHeaders, last ? kEndHeaders | kEndStream : kEndHeaders, stream, block);
}

/// The head of an answer, and one message with `text` as its field 1.
inline std::string beginning(std::string_view text, std::uint32_t stream = 1) {
  std::string message = "\x0A";
  message += static_cast<char>(text.size());
  message += text;
  const std::string prefix = '\0' + big_endian(static_cast<std::uint32_t>(message.size()));
  return headers({{":status", "200"}, {"content-type", "application/grpc"}}, false, stream) +
         frame(kData, 0, stream, prefix + message);
}

/// With the status 0.
inline std::string good_answer(std::string_view text, std::uint32_t stream = 1) {
  return beginning(text, stream) + headers({{"grpc-status", "0"}}, true, stream);
}

inline std::string go_away(std::uint32_t last_stream) {
  return frame(kGoAway, 0, 0, big_endian(last_stream) + big_endian(0));
}

inline std::string reset(std::uint32_t code, std::uint32_t stream = 1) {
  return frame(kReset, 0, stream, big_endian(code));
}

/// Opens the server's side of a connection.
inline void open(RawSocket& socket) {
  socket.send(frame(kSettings, 0, 0, ""));
  socket.read(24);  // the client's preface
}

struct FrameHead {
  unsigned char kind, flags;
};
/// The next frame, without its payload.
inline FrameHead read_frame(RawSocket& socket) {
  const std::string head = socket.read(9);
  if (head.size() < 9) throw std::runtime_error("the client has closed");
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(head[i]); };
  socket.read(static_cast<std::size_t>(byte(0) << 16 | byte(1) << 8 | byte(2)));
  return {byte(3), byte(4)};
}

/// Reads frames up to and including the head of the next request.
inline void await_request(RawSocket& socket) {
  while (read_frame(socket).kind != kHeaders) continue;
}

/// Until the client's program has what was sent before: it answers a ping when it has read it, and reads no further
/// before it has told what it read.
inline void await_told(RawSocket& socket) {
  for (int ping = 0; ping < 2; ++ping) {
    socket.send(frame(kPing, 0, 0, "12345678"));
    for (FrameHead head{}; head.kind != kPing || head.flags != kAck;) head = read_frame(socket);
  }
}

}  // namespace wsdeep::test::http2
