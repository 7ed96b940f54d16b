#include "aws/event_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/encoding.h"
#include "base/error.h"
#include "support/event_messages.h"

namespace wsdeep::aws {
namespace {

using testing::big_endian;
using testing::event_message;
using testing::raw_event_message;
using Type = EventHeader::Type;

/// Headers of all ten types; botocore's decoder reads the same in it.
constexpr const char* kAllTypes =
    "000000890000007267df1d9a0379657300026e6f01046279746502fe0573686f727403fed407696e746567657204fffeee90046c6f6e6705ff"
    "ff"
    "ff000000000005627974657306000300ff0104746578740700066772c3bcc39f0474696d65080000019378e3917b0475756964090001020304"
    "05"
    "060708090a0b0c0d0e0f7061796c6f6164dbdd0717";

std::vector<EventMessage> decoded(std::string_view bytes, std::size_t piece) {
  EventStreamDecoder decoder;
  std::vector<EventMessage> messages;
  while (!bytes.empty()) {
    decoder.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (auto message = decoder.next()) messages.push_back(std::move(*message));
  }
  EXPECT_TRUE(decoder.at_boundary());
  return messages;
}

std::string fault_of(std::string_view bytes) {
  EventStreamDecoder decoder;
  decoder.feed(bytes);
  try {
    while (decoder.next()) {
    }
  } catch (const Error& error) {
    EXPECT_THROW(decoder.next(), Error) << "it goes on after a fault";
    return error.what();
  }
  return {};
}

TEST(EventStream, ReadsHeadersOfAllTypes) {
  const auto messages = decoded(from_hex(kAllTypes).value(), 1000);
  ASSERT_EQ(messages.size(), 1u);
  std::string uuid;
  for (char c = 0; c < 16; ++c) uuid += c;
  EXPECT_EQ(messages[0].headers, (std::vector<EventHeader>{{"yes", Type::kTrue, 1, ""},
                                                           {"no", Type::kFalse, 0, ""},
                                                           {"byte", Type::kByte, -2, ""},
                                                           {"short", Type::kShort, -300, ""},
                                                           {"integer", Type::kInteger, -70000, ""},
                                                           {"long", Type::kLong, -(std::int64_t{1} << 40), ""},
                                                           {"bytes", Type::kBytes, 0, std::string("\0\xff\x01", 3)},
                                                           {"text", Type::kText, 0, "grüß"},
                                                           {"time", Type::kTimestamp, 1732900000123, ""},
                                                           {"uuid", Type::kUuid, 0, uuid}}));
  EXPECT_EQ(messages[0].payload, "payload");
  EXPECT_EQ(messages[0].text("text"), "grüß");
  EXPECT_EQ(messages[0].text("long"), "");
  EXPECT_EQ(messages[0].text("none"), "");
}

TEST(EventStream, ReadsTheSameHoweverItIsCut) {
  const std::string bytes =
      from_hex(kAllTypes).value() + raw_event_message("", "") + event_message({{":event-type", "chunk"}}, "{}");
  const auto whole = decoded(bytes, bytes.size());
  ASSERT_EQ(whole.size(), 3u);
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) EXPECT_EQ(decoded(bytes, piece), whole) << piece;
}

TEST(EventStream, KnowsAMessageThatIsNotWhole) {
  EventStreamDecoder decoder;
  EXPECT_TRUE(decoder.at_boundary());
  decoder.feed(event_message({}, "abc").substr(0, 5));
  EXPECT_EQ(decoder.next(), std::nullopt);
  EXPECT_FALSE(decoder.at_boundary());
}

TEST(EventStream, TakesNoByteThatIsWrong) {
  const std::string good = event_message({{":event-type", "chunk"}}, "{\"a\":1}");
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] ^= 0x10;
    EXPECT_NE(fault_of(bad), "") << at;
  }
}

TEST(EventStream, TrustsNoLength) {
  const auto prelude = [](std::uint64_t total, std::uint64_t headers) {
    const std::string lengths = big_endian(total, 4) + big_endian(headers, 4);
    return lengths + big_endian(event_checksum(lengths), 4);
  };
  EXPECT_EQ(fault_of(prelude(0xFFFFFFFF, 0)), "the event stream is broken: a message of 4294967295 bytes is too large");
  EXPECT_EQ(fault_of(prelude(200'000, 140'000)), "the event stream is broken: headers of 140000 bytes are too large");
  EXPECT_EQ(fault_of(prelude(15, 0)), "the event stream is broken: a message is shorter than its headers");
  EXPECT_EQ(fault_of(prelude(20, 5)), "the event stream is broken: a message is shorter than its headers");
  EXPECT_EQ(fault_of(prelude(EventStreamDecoder::kMaxMessageBytes, 0)), "");
}

TEST(EventStream, RefusesHeadersThatCannotBeRead) {
  const auto fault = [](const std::string& headers) { return fault_of(raw_event_message(headers, "")); };
  const std::string broken = "the event stream is broken: ";
  EXPECT_EQ(fault(std::string("\x01"
                              "a\x0a",
                              3)),
            broken + "a header has the unknown type 10");
  EXPECT_EQ(fault(std::string("\0\0", 2)), broken + "a header has no name");
  EXPECT_EQ(fault(std::string("\x05"
                              "abc",
                              4)),
            broken + "a header is cut off");
  EXPECT_EQ(fault(std::string("\x01"
                              "a\x07\x00\x05xy",
                              7)),
            broken + "a header is cut off");
  EXPECT_EQ(fault(std::string("\x01"
                              "a\x00\x01"
                              "a\x01",
                              6)),
            broken + "a message has two headers of one name");
}

}  // namespace
}  // namespace wsdeep::aws
