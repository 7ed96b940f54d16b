#include <gtest/gtest.h>

#include "base/utf8.h"
#include "wire/chat_frames.h"
#include "wire/json_fields.h"

namespace wsdeep::wire {
namespace {

template <typename Frame>
Frame read_frame_as(std::string_view body) {
  const ServerFrame frame = parse_server_frame(body);
  if (const auto* wanted = std::get_if<Frame>(&frame)) return *wanted;
  ADD_FAILURE() << "another kind of frame: " << body.substr(0, 200);
  return {};
}

/// Every frame comes back as it went out.
template <typename Frame>
void expect_round_trip(const Frame& frame) {
  EXPECT_EQ(encode(read_frame_as<Frame>(encode(frame))), encode(frame));
}

TEST(ServerFrame, HasTheContractsShapes) {
  EXPECT_EQ(encode(Accepted{"m", "c", 5, {}}),
            R"({"action":"message_received","data":{"message":"Processing your request...","messageId":"m",)"
            R"("chatId":"c","timestamp":5}})");
  EXPECT_EQ(encode(Accepted{"m", "c", 5, {}, true}),
            R"({"action":"message_received","data":{"message":"Processing your request...","messageId":"m",)"
            R"("chatId":"c","timestamp":5,"resumed":true}})");
  EXPECT_EQ(encode(Chunk{"a\"\n", "m", 3, true, 5}),
            R"({"action":"llm_response_chunk","data":{"text":"a\"\n","isComplete":true,"timestamp":5,)"
            R"("messageId":"m","seq":3}})");
  EXPECT_EQ(encode(ErrorFrame{"Invalid input", "No page.", "invalid_input", "", 5, {}, "history"}),
            R"({"message":"Invalid input","data":{"message":"No page.","sender":"System","error":true,)"
            R"("errorCategory":"invalid_input","timestamp":5,"receivedAction":"history"}})");
  EXPECT_EQ(encode(ErrorFrame{"Invalid input", "The message is empty.", "invalid_input", "", 5}),
            R"({"message":"Invalid input","data":{"message":"The message is empty.","sender":"System","error":true,)"
            R"("errorCategory":"invalid_input","timestamp":5}})");
  EXPECT_EQ(encode(Pong{5}), R"({"type":"pong","timestamp":5})");
  EXPECT_EQ(encode(UnknownAction{"dance", "", 5}),
            R"({"message":"Unknown action type. Please send a valid action.","receivedAction":"dance","timestamp":5})");
  EXPECT_EQ(encode(GatewayNotice{"Forbidden", "JC1dgf9yoAMCK-g=", "r"}),
            R"({"message": "Forbidden", "connectionId":"JC1dgf9yoAMCK-g=", "requestId":"r"})");
}

TEST(ServerFrame, SaysThatAMessageWasKnown) {
  const auto resumed =
      read_frame_as<Accepted>(R"({"action":"message_received","data":{"messageId":"m","resumed":true}})");
  EXPECT_TRUE(resumed.resumed);
  EXPECT_FALSE(resumed.restarted);
  EXPECT_TRUE(read_frame_as<Accepted>(encode(Accepted{"m", "c", 5, {}, false, true})).restarted);
}

TEST(ServerFrame, SaysWhatAnAnswerWaitsFor) {
  const std::string frame = encode(Accepted{"m", "c", 5, {}, false, false, "The model is starting."});
  EXPECT_EQ(frame,
            R"({"action":"message_received","data":{"message":"The model is starting.","messageId":"m","chatId":"c",)"
            R"("timestamp":5,"waiting":true}})");
  EXPECT_EQ(read_frame_as<Accepted>(frame).waiting, "The model is starting.");
  EXPECT_EQ(read_frame_as<Accepted>(encode(Accepted{"m", "c", 5, {}})).waiting, "");
}

TEST(ServerFrame, CompletionHasTheContractsFields) {
  Completion completion;
  completion.text = "hello";
  completion.message_id = "m";
  completion.chat_id = "c";
  completion.finish_reason = "stop";
  completion.usage = {3, 4};
  completion.ttft_ms = 10;
  completion.duration_ms = 20;
  completion.timestamp_ms = 5;
  EXPECT_EQ(parse_json(encode(completion), "frame"), Json::parse(R"({"message":"LLM response complete","data":{
    "message":"hello","sender":"assistant","isComplete":true,"timestamp":5,"messageId":"m","chatId":"c",
    "finishReason":"stop","usage":{"promptTokens":3,"completionTokens":4},"ttftMs":10,"durationMs":20}})"));
}

TEST(ServerFrame, ChunkTellsItsTokensAndTheirTimes) {
  Chunk chunk{"ab", "m", 3, false, 5};
  chunk.tokens = 2;
  chunk.token_offsets_us = {250, 4'294'967'295};
  const std::string frame = encode(chunk);
  EXPECT_EQ(frame,
            R"({"action":"llm_response_chunk","data":{"text":"ab","isComplete":false,"timestamp":5,"messageId":"m",)"
            R"("seq":3,"tokens":2,"tokenOffsetsMs":[0.25,4294967.295]}})");
  EXPECT_EQ(read_frame_as<Chunk>(frame).tokens, 2);
  EXPECT_EQ(read_frame_as<Chunk>(frame).token_offsets_us, chunk.token_offsets_us);
  EXPECT_EQ(read_frame_as<Chunk>(encode(Chunk{"a", "m", 3, false, 5})).tokens, std::nullopt) << "unknown, not 0";
}

TEST(ServerFrame, ChunkTellsHowItsCallCameToTheNode) {
  Chunk chunk{"ab", "m", 0, false, 5};
  chunk.arrival = NodeArrival{"n\"1", 9'007'199'254'740'991, 0};
  const std::string frame = encode(chunk);
  EXPECT_NE(frame.find(R"("seq":0,"nodeId":"n\"1","nodeArrivalUs":9007199254740991,"nodeQueueUs":0}})"),
            std::string::npos)
      << frame;
  EXPECT_EQ(read_frame_as<Chunk>(frame).arrival, chunk.arrival);
  EXPECT_EQ(read_frame_as<Chunk>(R"({"action":"llm_response_chunk","data":{"text":"a","nodeId":"n","nodeQueueUs":1}})")
                .arrival,
            std::nullopt)
      << "known only whole";
}

TEST(ServerFrame, TakesTimesThatAreNoneForUnknown) {
  for (const char* offsets : {"[1,\"2\"]", "[-1]", "[1e300]", "[null]", "null", "[]"}) {
    const std::string frame =
        R"({"action":"llm_response_chunk","data":{"text":"a","tokenOffsetsMs":)" + std::string(offsets) + "}}";
    EXPECT_EQ(read_frame_as<Chunk>(frame).token_offsets_us, std::vector<std::uint32_t>{}) << offsets;
  }
}

TEST(ServerFrame, UsageTellsWhatIsKnownOfIt) {
  Completion completion;
  completion.usage = {120, 48, 96, 0};
  EXPECT_EQ(parse_json(encode(completion), "frame").at("data").at("usage"),
            Json::parse(R"({"promptTokens":120,"completionTokens":48,"cachedPromptTokens":96,"reasoningTokens":0})"));
  EXPECT_EQ(read_frame_as<Completion>(encode(completion)).usage, (Usage{120, 48, 96, 0}));
  completion.usage = {120, 48};
  EXPECT_EQ(read_frame_as<Completion>(encode(completion)).usage, (Usage{120, 48, std::nullopt, std::nullopt}));
}

TEST(ServerFrame, SaysNothingOfAUsageThatIsUnknown) {
  Completion completion;
  completion.text = "hello";
  EXPECT_EQ(parse_json(encode(completion), "frame").at("data").at("usage"), Json::object());
  expect_round_trip(completion);
}

TEST(ServerFrame, RoundTripsEveryKind) {
  expect_round_trip(Accepted{"m", "c", 5, {"temperature: 9 → 2"}});
  expect_round_trip(Accepted{"m", "c", 5, {}, true, false});
  expect_round_trip(Accepted{"m", "c", 5, {}, false, true});
  expect_round_trip(Chunk{"tex\tt", "m", 7, false, 5});
  Completion completion;
  completion.text = "t";
  completion.stored = false;
  completion.usage = {1, 2};
  expect_round_trip(completion);
  expect_round_trip(ErrorFrame{"Busy", "Wait.", "busy", "m", 5});
  expect_round_trip(ErrorFrame{"Busy", "Wait.", "llm_overloaded", "m", 5, 2400});
  expect_round_trip(ErrorFrame{"Invalid input", "There is no such page.", "invalid_input", "", 5, {}, "history"});
  expect_round_trip(Notice{"Chat history cleared", "Done.", "c", 5});
  expect_round_trip(HistoryPage{"c", {{"user", "q", "m", 1}, {"assistant", "a", "m", 2}}, "cursor", 5});
  expect_round_trip(HistoryPage{"c", {{"assistant", "a", "m", 2, false, true}}, "", 5});
  expect_round_trip(Pong{5});
  expect_round_trip(UnknownAction{"dance", "", 5});
  expect_round_trip(UnknownAction{"", "frame: not JSON at byte 1", 5});
  expect_round_trip(RoomMessage{"hi", "u-1", "all", "m", 5});
  expect_round_trip(RoomMessage{"hi", "u-1", "all", "m", 5, "alice", "ops"});
  expect_round_trip(Presence{Presence::Event::kJoin, "ops", {{"u-1", "alice"}}, 1, 5});
  expect_round_trip(Presence{Presence::Event::kList, "ops", {{"u-1", "alice"}, {"u-2", "bob"}}, 2, 5});
  expect_round_trip(HistoryPage{"room#ops", {{"user", "hi", "m", 1, false, false, "u-1", "alice"}}, "", 5});
  expect_round_trip(GatewayNotice{"Internal server error", "id=", "r"});
}

TEST(ServerFrame, ListsAsManyOfARoomAsAFrameHoldsAndCountsTheRest) {
  Presence presence{Presence::Event::kList, "ops", {}, 5000, 5};
  for (int i = 0; i < 5000; ++i) presence.members.push_back({std::to_string(i) + std::string(30, 'u'), "somebody"});
  const std::string text = encode(presence);
  EXPECT_LE(text.size(), kMaxMessageBytes);
  const auto read = std::get<Presence>(parse_server_frame(text));
  EXPECT_GT(read.members.size(), 1000u);
  EXPECT_EQ(read.count, 5000);
}

TEST(ServerFrame, CarriesTheCauseOfABadFrameAsAnInvalidMessageError) {
  const Json json = parse_json(encode(UnknownAction{"", "frame: not JSON at byte 1", 5}), "frame");
  EXPECT_EQ(json.at("data").at("errorCategory"), "invalid_message");
  EXPECT_EQ(json.at("data").at("error"), true);
}

TEST(ServerFrame, NeverThrowsOnMalformedUtf8) {
  EXPECT_EQ(read_frame_as<Chunk>(encode(Chunk{"a\xE2\x82", "m", 0, false, 0})).text, "a\xEF\xBF\xBD");
  EXPECT_EQ(read_frame_as<Notice>(encode(Notice{"t", "\xFF", "", 0})).text, "\xEF\xBF\xBD");
}

TEST(ServerFrame, LeavesOutACompletionsTextThatPassesTheLimit) {
  Completion completion;
  completion.message_id = "m";
  const std::size_t envelope = encode(completion).size();
  completion.text = std::string(kMaxMessageBytes - envelope, 'x');
  EXPECT_EQ(encode(completion).size(), kMaxMessageBytes);
  EXPECT_EQ(read_frame_as<Completion>(encode(completion)).text, completion.text);

  completion.text += 'x';
  const Completion back = read_frame_as<Completion>(encode(completion));
  EXPECT_TRUE(back.truncated);
  EXPECT_EQ(back.text, "");
  EXPECT_EQ(back.message_id, "m");
}

TEST(ServerFrame, FitsAnyTextIntoChunksAtCodePoints) {
  for (const std::string& unit :
       {std::string("x"), std::string("\""), std::string("\x01"), std::string("€"), std::string("\xF0\x9F\x98\x80")}) {
    std::string text;
    while (text.size() < 300'000) text += unit;
    const std::size_t size = fitting_chunk_text(text);
    EXPECT_TRUE(is_utf8(std::string_view(text).substr(0, size)));
    const std::string frame = encode(Chunk{text.substr(0, size), std::string(36, 'm'), INT64_MAX, false, INT64_MAX});
    EXPECT_LE(frame.size(), kMaxMessageBytes);
    EXPECT_GT(frame.size(), kMaxMessageBytes - 2048);
    Chunk timed{text.substr(0, fitting_chunk_text(text, 9999)), std::string(36, 'm'), INT64_MAX, false, INT64_MAX};
    timed.tokens = INT64_MAX;
    timed.token_offsets_us.assign(kMaxChunkOffsets, UINT32_MAX);
    EXPECT_LE(encode(timed).size(), kMaxMessageBytes);
  }
  EXPECT_EQ(fitting_chunk_text("short"), 5u);
  EXPECT_EQ(fitting_chunk_text(""), 0u);
}

HistoryPage page_of(std::size_t count, std::size_t size) {
  HistoryPage page;
  page.chat_id = "c";
  for (std::size_t i = 0; i < count; ++i)
    page.messages.push_back({"user", std::string(size, 'x'), "m-" + std::to_string(i), 1});
  return page;
}

TEST(ServerFrame, LeavesOutAPagesOldestMessagesUntilItFits) {
  const HistoryPage page = page_of(20, 10'000);
  const std::size_t fitting = fitting_messages(page);
  EXPECT_GE(fitting, 12u);
  EXPECT_LT(fitting, 14u);
  const std::string frame = encode(page);
  EXPECT_LE(frame.size(), kMaxMessageBytes);
  const HistoryPage back = read_frame_as<HistoryPage>(frame);
  EXPECT_EQ(back.messages, std::vector<StoredMessage>(page.messages.end() - static_cast<std::ptrdiff_t>(fitting),
                                                      page.messages.end()));
  EXPECT_EQ(fitting_messages(page_of(3, 10)), 3u);
  EXPECT_EQ(fitting_messages({}), 0u);
}

TEST(ServerFrame, CutsAMessageThatNoFrameCanCarry) {
  HistoryPage page = page_of(2, 10);
  std::string text;
  while (text.size() < 200'000) text += "€\"";
  page.messages.back().content = text;
  EXPECT_EQ(fitting_messages(page), 0u);
  const std::string frame = encode(page);
  EXPECT_LE(frame.size(), kMaxMessageBytes);
  const HistoryPage back = read_frame_as<HistoryPage>(frame);
  ASSERT_EQ(back.messages.size(), 1u);
  EXPECT_TRUE(back.messages.front().truncated);
  EXPECT_GT(back.messages.front().content.size(), 80'000u);
  EXPECT_TRUE(text.starts_with(back.messages.front().content));
}

TEST(ServerFrame, ReadsWhatOlderServersSend) {
  EXPECT_EQ(read_frame_as<Chunk>(R"({"action":"llm_response_chunk","data":{"text":"x"}})").text, "x");
  EXPECT_EQ(read_frame_as<Completion>(R"({"message":"LLM response complete","data":{"message":"x"}})").text, "x");
  EXPECT_EQ(read_frame_as<ErrorFrame>(R"({"message":"Oops","data":{"message":"x","error":true}})").category,
            "internal");
}

/// A field that the quick reader does not know makes the whole one read the same frame.
TEST(ServerFrame, ReadsChunksTheSameQuicklyAndWhole) {
  for (const std::string data :
       {R"("text":"x")", R"("text":"","reasoning":"hm")", R"("text":"a\"\u20ac\n","messageId":"m","seq":7)",
        R"("seq":-1,"text":"x","timestamp":1700000000000,"isComplete":true)", R"("text":"x","textWasReasoning":true)",
        R"("text":"x","tokens":3,"tokenOffsetsMs":[0,1.5,2.0004])", R"("text":"x","tokens":null,"reasoning":null)",
        R"("text":"x","seq":3.0)", R"("text":"x","tokenOffsetsMs":[-1])", R"("text":"x","tokenOffsetsMs":["1"])",
        R"("text":"x","text":"y")", R"("text":"ä€😀","nodeId":"n","nodeArrivalUs":5,"nodeQueueUs":1)"}) {
    const std::string frame = R"({"action":"llm_response_chunk","data":{)" + data + "}";
    EXPECT_EQ(encode(read_frame_as<Chunk>(frame + "}")), encode(read_frame_as<Chunk>(frame + R"(,"new":1})"))) << data;
  }
  // Of a repeated name the last one counts.
  EXPECT_EQ(
      read_frame_as<Chunk>(R"({"data":{"text":"x","seq":4},"action":"llm_response_chunk","data":{"text":"y"}})").seq,
      0);
}

TEST(ServerFrame, RefusesWhatIsNone) {
  for (const char* bad : {"",
                          "[]",
                          "{}",
                          R"({"action":"dance"})",
                          R"({"action":"llm_response_chunk"})",
                          R"({"action":"llm_response_chunk","data":{"text":1}})",
                          R"({"action":"llm_response_chunk","data":{"text":"x","seq":"0"}})",
                          R"({"action":"llm_response_chunk","data":{"text":"x","isComplete":1}})",
                          R"({"action":"llm_response_chunk","data":{"text":"x"}}x)",
                          "{\"action\":\"llm_response_chunk\",\"data\":{\"text\":\"\xFF\"}}",
                          R"({"action":"message_received","data":{}})",
                          R"({"action":"history","data":{"messages":{}}})",
                          R"({"action":"history","data":{"messages":[1]}})",
                          R"({"action":"history","data":{"messages":[{"role":"user"}]}})",
                          R"({"message":"LLM response complete","data":{}})",
                          R"({"message":"x"})",
                          R"({"message":"x","data":1})",
                          R"({"message":"x","data":{"error":true}})",
                          R"({"type":"pong","timestamp":"now"})",
                          "{\"type\":\"\xFF\"}"})
    EXPECT_THROW(parse_server_frame(bad), FrameError) << bad;
}

}  // namespace
}  // namespace wsdeep::wire
