#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/event_stream.h"

namespace wsdeep::testing {

inline std::string big_endian(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = size; i-- > 0;) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
  return bytes;
}

/// A message of an event stream around headers that are encoded already.
inline std::string raw_event_message(std::string_view headers, std::string_view payload) {
  std::string message = big_endian(16 + headers.size() + payload.size(), 4) + big_endian(headers.size(), 4);
  message += big_endian(aws::event_checksum(message), 4);
  message += headers;
  message += payload;
  return message + big_endian(aws::event_checksum(message), 4);
}

/// One with headers of text.
inline std::string event_message(const std::vector<std::pair<std::string, std::string>>& headers,
                                 std::string_view payload) {
  std::string block;
  for (const auto& [name, value] : headers)
    block += big_endian(name.size(), 1) + name + '\x07' + big_endian(value.size(), 2) + value;
  return raw_event_message(block, payload);
}

/// An event as Bedrock sends it.
inline std::string bedrock_event(const std::string& type, std::string_view payload) {
  return event_message({{":event-type", type}, {":content-type", "application/json"}, {":message-type", "event"}},
                       payload);
}
inline std::string bedrock_exception(const std::string& type, std::string_view payload) {
  return event_message(
      {{":exception-type", type}, {":content-type", "application/json"}, {":message-type", "exception"}}, payload);
}

}  // namespace wsdeep::testing
