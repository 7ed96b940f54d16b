#include "wire/backend_frames.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace wsdeep::wire {
namespace {

const BackendClient kClient{"c\"=", "s-1", "u-1"};

TEST(BackendMessage, KeepsWhatTheClientSaysButForWhoItIs) {
  EXPECT_EQ(message_for_backend(R"({"type":"resize","cols":80,"sessionId":"x"})", kClient),
            R"({"cols":80,"connectionId":"c\"=","sessionId":"s-1","type":"resize","userId":"u-1"})");
  EXPECT_EQ(message_for_backend(" \n", kClient), R"({"connectionId":"c\"=","sessionId":"s-1","userId":"u-1"})");
}

TEST(BackendMessage, IsAnObjectOfBoundedDepth) {
  EXPECT_EQ(message_for_backend(std::string(100, '[') + std::string(100, ']'), kClient), std::nullopt);
  EXPECT_EQ(message_for_backend("{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}", kClient),
            std::nullopt);
  for (const char* bad : {"null", "1", "{} {}", "{\"a\":1e999}", "{\"a\":\"\xc3\"}"})
    EXPECT_EQ(message_for_backend(bad, kClient), std::nullopt) << bad;
}

TEST(BackendNotice, IsReadBackAndToldFromOtherEvents) {
  EXPECT_EQ(parse_notice(encode_notice(kClient)), kClient);
  EXPECT_EQ(parse_notice(R"({"requestContext":{},"body":"{\"disconnected\":{}}"})"), std::nullopt);
  EXPECT_THROW(parse_notice(R"({"disconnected":{"connectionId":"c"}})"), Error);
  EXPECT_THROW(parse_notice("nonsense"), Error);
}

TEST(SessionWord, SaysOnlyWhatIsThere) {
  EXPECT_EQ(session_word(R"({"valid":false})").valid, false);
  EXPECT_FALSE(session_word(R"({"valid":"yes"})").valid);
  EXPECT_TRUE(session_word("{}").is_object);
  for (const char* none : {"", "[]", "<html>", "\"x\""}) EXPECT_FALSE(session_word(none).is_object) << none;
  EXPECT_EQ(session_word("{\"error\":\"a\\u0007b\"}").error, "ab");
  EXPECT_EQ(session_word(R"({"error":")" + std::string(1000, 'x') + "\"}").error, std::string(500, 'x'));
}

TEST(BackendError, IsTheDocumentsShape) {
  EXPECT_EQ(backend_error("no \"x\""), R"({"error":"no \"x\""})");
  EXPECT_EQ(backend_error("no", "why"), R"({"error":"no","reason":"why"})");
}

}  // namespace
}  // namespace wsdeep::wire
