#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// AWS's event stream encoding, `application/vnd.amazon.eventstream`, in which streamed answers come.
/// https://smithy.io/2.0/aws/amazon-eventstream.html
namespace wsdeep::aws {

/// One header of a message. `number` holds the types that are numbers (a boolean as 0 or 1, a timestamp as epoch
/// milliseconds), `bytes` the others (a UUID as its 16 bytes; a text is not known to be UTF-8).
struct EventHeader {
  enum class Type : std::uint8_t { kTrue, kFalse, kByte, kShort, kInteger, kLong, kBytes, kText, kTimestamp, kUuid };
  std::string name;
  Type type = Type::kText;
  std::int64_t number = 0;
  std::string bytes{};

  bool operator==(const EventHeader&) const = default;
};

struct EventMessage {
  std::vector<EventHeader> headers;
  std::string payload;

  /// The text of the header; empty when there is none of that name, or it is no text.
  std::string_view text(std::string_view name) const;

  bool operator==(const EventMessage&) const = default;
};

/// Messages out of bytes that arrive cut anywhere. What comes out does not depend on where they were cut.
class EventStreamDecoder {
 public:
  /// AWS allows a message 24 MiB. What we read is text in small pieces; the largest thing in it is a trace of an agent.
  static constexpr std::size_t kMaxMessageBytes = 8 << 20;
  static constexpr std::size_t kMaxHeaderBytes = 128 << 10;

  /// Takes the next bytes. Keeps at most one message, beside what it is given at a time.
  void feed(std::string_view bytes);
  /// The next message that is whole; nothing until more is fed. Throws Error{kFailure} for bytes that are no event
  /// stream, for a checksum that is wrong, and for a message that is too large; and from then on always.
  std::optional<EventMessage> next();
  /// True when no message has begun that is not whole.
  bool at_boundary() const { return read_ == buffer_.size(); }

 private:
  std::optional<EventMessage> decode_next();

  std::string buffer_;
  std::size_t read_ = 0;  ///< of buffer_
  std::string broken_;    ///< why, when it is
};

/// CRC-32 as in Ethernet and zip (IEEE 802.3), as messages carry it.
std::uint32_t event_checksum(std::string_view bytes);

}  // namespace wsdeep::aws
