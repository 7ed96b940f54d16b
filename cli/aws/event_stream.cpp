#include "aws/event_stream.h"

#include <fmt/format.h>
#include <zlib.h>

#include <utility>

#include "base/error.h"

// A message, all numbers in network order:
//
//     4  its length, these four bytes included
//     4  the length of its headers
//     4  CRC-32 of the eight bytes before                 (the prelude ends here)
//     …  headers: a name behind one byte of length, a byte that is the type, the value
//     …  the payload
//     4  CRC-32 of all before, the prelude and its checksum included
//
// Lengths are trusted only when the prelude's checksum is right, and only within our bounds: a peer that lies must not
// make us wait for, or keep, what never comes.

namespace wsdeep::aws {
namespace {

constexpr std::size_t kPrelude = 12;
constexpr std::size_t kChecksum = 4;
/// Bedrock's have three.
constexpr std::size_t kMaxEventHeaders = 256;

[[noreturn]] void fail_stream(const std::string& cause) {
  throw Error(ErrorKind::kFailure, "the event stream is broken: " + cause);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint32_t>(big_endian(bytes.substr(at, 4)));
}

/// The headers' bytes, taken from the front.
class HeaderBytes {
 public:
  explicit HeaderBytes(std::string_view bytes) : left_(bytes) {}

  bool empty() const { return left_.empty(); }
  std::string_view take(std::size_t size) {
    if (size > left_.size()) fail_stream("a header is cut off");
    const std::string_view taken = left_.substr(0, size);
    left_.remove_prefix(size);
    return taken;
  }
  std::uint64_t take_unsigned(std::size_t size) { return big_endian(take(size)); }
  std::int64_t take_signed(std::size_t size) {
    const std::size_t shift = 64 - 8 * size;
    return static_cast<std::int64_t>(take_unsigned(size) << shift) >> shift;
  }

 private:
  std::string_view left_;
};

void read_header_value(HeaderBytes& bytes, EventHeader& header) {
  using Type = EventHeader::Type;
  switch (header.type) {
    case Type::kTrue:
      header.number = 1;
      return;
    case Type::kFalse:
      return;
    case Type::kByte:
      header.number = bytes.take_signed(1);
      return;
    case Type::kShort:
      header.number = bytes.take_signed(2);
      return;
    case Type::kInteger:
      header.number = bytes.take_signed(4);
      return;
    case Type::kLong:
    case Type::kTimestamp:
      header.number = bytes.take_signed(8);
      return;
    case Type::kBytes:
    case Type::kText:
      header.bytes = bytes.take(bytes.take_unsigned(2));
      return;
    case Type::kUuid:
      header.bytes = bytes.take(16);
      return;
  }
}

EventHeader read_event_header(HeaderBytes& bytes) {
  EventHeader header;
  const std::size_t name_length = bytes.take_unsigned(1);
  if (name_length == 0) fail_stream("a header has no name");
  header.name = bytes.take(name_length);
  const std::uint64_t type = bytes.take_unsigned(1);
  if (type > static_cast<std::uint64_t>(EventHeader::Type::kUuid))
    fail_stream(fmt::format("a header has the unknown type {}", type));
  header.type = static_cast<EventHeader::Type>(type);
  read_header_value(bytes, header);
  return header;
}

/// Two of one name could be read two ways.
void add_event_header(EventMessage& message, EventHeader header) {
  for (const EventHeader& other : message.headers)
    if (other.name == header.name) fail_stream("a message has two headers of one name");
  if (message.headers.size() == kMaxEventHeaders) fail_stream("a message has too many headers");
  message.headers.push_back(std::move(header));
}

/// What a prelude says, checked.
struct Lengths {
  std::size_t total = 0;
  std::size_t headers = 0;
};

Lengths read_prelude(std::string_view bytes) {
  if (word_at(bytes, 8) != event_checksum(bytes.substr(0, 8))) fail_stream("the checksum of a prelude is wrong");
  const Lengths lengths{word_at(bytes, 0), word_at(bytes, 4)};
  if (lengths.total > EventStreamDecoder::kMaxMessageBytes)
    fail_stream(fmt::format("a message of {} bytes is too large", lengths.total));
  if (lengths.headers > EventStreamDecoder::kMaxHeaderBytes)
    fail_stream(fmt::format("headers of {} bytes are too large", lengths.headers));
  if (lengths.total < kPrelude + lengths.headers + kChecksum) fail_stream("a message is shorter than its headers");
  return lengths;
}

EventMessage read_message(std::string_view bytes, std::size_t headers_length) {
  const std::size_t end = bytes.size() - kChecksum;
  if (word_at(bytes, end) != event_checksum(bytes.substr(0, end))) fail_stream("the checksum of a message is wrong");
  EventMessage message;
  HeaderBytes headers(bytes.substr(kPrelude, headers_length));
  while (!headers.empty()) add_event_header(message, read_event_header(headers));
  message.payload = bytes.substr(kPrelude + headers_length, end - kPrelude - headers_length);
  return message;
}

}  // namespace

std::uint32_t event_checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string_view EventMessage::text(std::string_view name) const {
  for (const EventHeader& header : headers)
    if (header.name == name && header.type == EventHeader::Type::kText) return header.bytes;
  return {};
}

void EventStreamDecoder::feed(std::string_view bytes) {
  if (!broken_.empty()) return;
  buffer_.erase(0, read_);
  read_ = 0;
  buffer_ += bytes;
}

std::optional<EventMessage> EventStreamDecoder::next() {
  if (!broken_.empty()) throw Error(ErrorKind::kFailure, broken_);
  try {
    return decode_next();
  } catch (const Error& error) {
    broken_ = error.what();
    throw;
  }
}

std::optional<EventMessage> EventStreamDecoder::decode_next() {
  const std::string_view bytes = std::string_view(buffer_).substr(read_);
  if (bytes.size() < kPrelude) return std::nullopt;
  const Lengths lengths = read_prelude(bytes);
  if (bytes.size() < lengths.total) return std::nullopt;
  read_ += lengths.total;
  return read_message(bytes.substr(0, lengths.total), lengths.headers);
}

}  // namespace wsdeep::aws
