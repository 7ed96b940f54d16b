// Any bytes as a server's answer to our gRPC client, over a connection of their own: no process ends of them, a stream
// is told once that it has ended, and what is told of its end can be printed.
//
// gRPC is not built with the fuzzer's counters, so it would take long to find frames by single bits. An input is
// therefore a list of pieces, which become frames, fields and messages that are at least well-formed:
//
//   how of the call, then any number of: what, flags, stream, size, `size` bytes
//   how:  1 health, not a stream · 2 the answer comes before the request · 4 without SETTINGS
//   what: 0x00 + type: a frame of these bytes · 0x20 + type: of a gRPC message of them · 0x40 + type: of a header block
//         of their lines, `name: value` · 0x80: the bytes alone
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/printable.h"
#include "base/utf8.h"
#include "fuzz/target.h"
#include "llm/client/client.h"
#include "support/raw_http2.h"
#include "support/silent_listener.h"

namespace grpc_client_fuzz {
namespace {

using namespace std::chrono_literals;
using namespace wsdeep;
namespace http2 = wsdeep::test::http2;

enum How : std::uint8_t { kHealth = 1, kEarly = 2, kWithoutSettings = 4 };

/// RFC 7541 §5.2, without Huffman coding; at most 255 bytes.
std::string hpack_string(std::string_view text) {
  constexpr std::size_t kPrefix = 127;
  std::string length(1, static_cast<char>(std::min(text.size(), kPrefix)));
  const std::size_t rest = text.size() < kPrefix ? 0 : text.size() - kPrefix;
  if (rest >= 128) length += static_cast<char>(0x80 | (rest & 0x7F));
  if (text.size() >= kPrefix) length += static_cast<char>(rest >= 128 ? 1 : rest);
  return length + std::string(text);
}

std::string header_block(std::string_view lines) {
  std::string out;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::size_t colon = std::min(line.find(": "), line.size());
    out += '\0' + hpack_string(line.substr(0, colon)) + hpack_string(line.substr(std::min(colon + 2, line.size())));
  }
  return out;
}

std::string grpc_message(std::string_view bytes) {
  return '\0' + http2::big_endian(static_cast<std::uint32_t>(bytes.size())) + std::string(bytes);
}

std::string frames_of(std::string_view input) {
  std::string out;
  while (input.size() >= 4) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(input[i]); };
    const std::uint8_t what = byte(0);
    const std::string_view bytes = input.substr(4, byte(3));
    std::string payload(bytes);
    if ((what & 0x40) != 0) payload = header_block(bytes);
    if ((what & 0x20) != 0) payload = grpc_message(bytes);
    out +=
        (what & 0x80) != 0 ? payload : http2::frame(static_cast<http2::Kind>(what & 0x1F), byte(1), byte(2), payload);
    input.remove_prefix(4 + bytes.size());
  }
  return out;
}

/// Gives the answer that is set to every connection, one after the other, and ends it.
class AnsweringServer {
 public:
  AnsweringServer() : thread_([this] { serve(); }) { thread_.detach(); }

  std::string url() const { return "grpc://127.0.0.1:" + std::to_string(listener_.port()); }
  void set(std::uint8_t how, std::string answer) {
    const std::lock_guard lock(mutex_);
    how_ = how;
    answer_ = std::move(answer);
  }

 private:
  [[noreturn]] void serve() {
    while (true) {
      test::RawSocket socket = listener_.accept();
      try {
        answer(socket);
      } catch (const std::runtime_error&) {  // the client has gone
      }
    }
  }
  void answer(test::RawSocket& socket) {
    std::unique_lock lock(mutex_);
    const std::uint8_t how = how_;
    const std::string bytes = answer_;
    lock.unlock();
    if ((how & kWithoutSettings) == 0) http2::open(socket);
    if ((how & (kEarly | kWithoutSettings)) == 0) http2::await_request(socket);
    socket.send(bytes);
    socket.end_of_sending();
    socket.read_to_end();
  }

  test::SilentListener listener_;
  std::mutex mutex_;
  std::uint8_t how_ = 0;
  std::string answer_;
  std::thread thread_;
};

void check_words(const std::string& words) {
  if (words.empty() || !is_utf8(words) || printable(words) != words) std::abort();
}

void stream(llm::Client& client) {
  LlmRequest request;
  request.messages = {{"user", "hi"}};
  std::promise<llm::LlmOutcome> end;  // throws when it is set twice
  const auto running = client.start(request, 10s,
                                    {[](const LlmChunk& chunk) {
                                       if (chunk.text.empty() || !is_utf8(chunk.text)) std::abort();
                                     },
                                     [&](llm::LlmOutcome outcome) { end.set_value(std::move(outcome)); }});
  const llm::LlmOutcome outcome = end.get_future().get();
  if (!outcome.ok) check_words(outcome.cause);
  if (!is_utf8(outcome.words)) std::abort();
  if (outcome.ok && outcome.result.finish_reason.empty()) std::abort();
}

void ask_health(llm::Client& client) {
  try {
    client.health(10s);
  } catch (const Error& error) {
    check_words(error.what());
  }
}

}  // namespace

#ifdef WSDEEP_FUZZ
/// gRPC's own threads hold what they start with where the leak checker, between two inputs, does not look.
extern "C" int __lsan_is_turned_off() {
  return 1;
}
#endif

FUZZ_TARGET(grpc_client_fuzz) {
  static AnsweringServer& server = *new AnsweringServer;  // its thread never ends
  if (size == 0) return 0;
  server.set(data[0], frames_of({reinterpret_cast<const char*>(data) + 1, size - 1}));
  llm::Client client({server.url(), "", 3s});
  if ((data[0] & kHealth) != 0)
    ask_health(client);
  else
    stream(client);
  return 0;
}

}  // namespace grpc_client_fuzz
