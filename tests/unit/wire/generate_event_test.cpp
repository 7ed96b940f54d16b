#include "wire/generate_event.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::wire {
namespace {

constexpr const char* kEvent =
    R"({"connectionId":"JC1dgf9yoAMCK-g=","callbackUrl":"https://d/prod","userId":"u-1","chatId":"c-1",)"
    R"("messageId":"m-1","acceptedAt":1700000000123,"parameters":{"temperature":0.5,"maxTokens":100,"stop":["END"]}})";

TEST(GenerateEvent, RoundTrips) {
  const GenerateEvent event = parse_generate_event(kEvent);
  EXPECT_EQ(event.connection_id, "JC1dgf9yoAMCK-g=");
  EXPECT_EQ(event.callback_url, "https://d/prod");
  EXPECT_EQ(event.user_id, "u-1");
  EXPECT_EQ(event.chat_id, "c-1");
  EXPECT_EQ(event.message_id, "m-1");
  EXPECT_EQ(event.accepted_at_ms, 1'700'000'000'123);
  EXPECT_EQ(event.parameters.temperature, 0.5);
  EXPECT_EQ(event.parameters.max_tokens, 100);
  EXPECT_EQ(event.parameters.stop, (std::vector<std::string>{"END"}));
  EXPECT_EQ(encode(event), kEvent);
}

TEST(GenerateEvent, SaysThatTheClientWantsTimes) {
  GenerateEvent event = parse_generate_event(kEvent);
  EXPECT_FALSE(event.timings);
  event.timings = true;
  EXPECT_TRUE(parse_generate_event(encode(event)).timings);
}

TEST(GenerateEvent, NamesTheFieldThatIsMissingOrMistyped) {
  for (const char* name : {"connectionId", "callbackUrl", "userId", "chatId", "messageId", "acceptedAt"}) {
    for (const char* value : {"null", "[]"}) {
      std::string json = kEvent;
      const std::size_t begin = json.find(name) + std::string_view(name).size() + 2;
      json.replace(begin, json.find(",\"", begin) - begin, value);
      try {
        parse_generate_event(json);
        ADD_FAILURE() << json;
      } catch (const Error& error) {
        EXPECT_TRUE(std::string_view(error.what()).starts_with(name)) << error.what();
      }
    }
  }
  EXPECT_THROW(parse_generate_event(R"({"parameters":[]})"), Error);
}

}  // namespace
}  // namespace wsdeep::wire
