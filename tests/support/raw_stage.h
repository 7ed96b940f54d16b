#pragma once

#include <openssl/evp.h>

#include <string>
#include <string_view>

#include "base/encoding.h"
#include "support/raw_socket.h"
#include "support/silent_listener.h"

namespace wsdeep::test {

/// A WebSocket server that the test speaks by hand, byte for byte, one connection at a time.
class RawStage {
 public:
  std::string url() const { return "ws://127.0.0.1:" + std::to_string(listener_.port()) + "/prod"; }

  /// Waits for a client.
  RawSocket accept() { return listener_.accept(); }
  /// Opens the WebSocket for it.
  static void shake_hands(RawSocket& peer) {
    const std::string request = peer.read_until("\r\n\r\n");
    const std::string_view name = "Sec-WebSocket-Key: ";
    const std::string key = request.substr(request.find(name) + name.size(), 24);
    peer.send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
        accept_of(key) + "\r\n\r\n");
  }
  /// One frame of a client, unmasked.
  static std::string read_frame(RawSocket& peer) {
    const std::string head = peer.read(2);
    if (head.size() < 2) return {};
    std::size_t size = static_cast<unsigned char>(head[1]) & 0x7Fu;
    if (size >= 126) {
      const std::string wide = peer.read(size == 126 ? 2 : 8);
      size = 0;
      for (const char c : wide) size = size << 8 | static_cast<unsigned char>(c);
    }
    const std::string mask = peer.read(4);
    std::string payload = peer.read(size);
    for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
    return payload;
  }
  /// A frame of a server; `first` is FIN, RSV and opcode.
  static std::string frame(unsigned char first, std::string_view payload) {
    std::string bytes(1, static_cast<char>(first));
    const std::size_t size = payload.size();
    const int width = size < 126 ? 0 : size < 65536 ? 2 : 8;
    bytes += static_cast<char>(width == 0 ? size : width == 2 ? 126 : 127);
    for (int i = width - 1; i >= 0; --i) bytes += static_cast<char>(size >> (8 * i));
    return bytes.append(payload);
  }
  static std::string text(std::string_view payload) { return frame(0x81, payload); }

 private:
  /// RFC 6455 §4.2.2.
  static std::string accept_of(const std::string& key) {
    const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[20];
    EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha1(), nullptr);
    return base64({reinterpret_cast<const char*>(digest), sizeof digest});
  }

  SilentListener listener_;
};

}  // namespace wsdeep::test
