#include <gtest/gtest.h>

#include "wire/chat_frames.h"

namespace wsdeep::wire {
namespace {

template <typename Frame>
Frame read(std::string_view body) {
  const ClientFrame frame = parse_client_frame(body);
  if (const auto* wanted = std::get_if<Frame>(&frame)) return *wanted;
  ADD_FAILURE() << "another kind of frame: " << body;
  return {};
}

std::string frame_complaint(std::string_view body) {
  try {
    parse_client_frame(body);
    return "";
  } catch (const FrameError& error) {
    return error.what();
  }
}

TEST(ClientFrame, ReadsTheContractsExamples) {
  const auto message = read<MessageFrame>(
      R"({"action":"message","data":{"message":"hi","parameters":{"temperature":0.7},"chatId":"c","sender":"me",
          "messageId":"m-1"}})");
  EXPECT_EQ(message.text, "hi");
  EXPECT_EQ(message.parameters.temperature, 0.7);
  EXPECT_EQ(message.chat_id, "c");
  EXPECT_EQ(message.sender, "me");
  EXPECT_EQ(message.message_id, "m-1");
  EXPECT_EQ(read<MessageFrame>(R"({"action":"message","data":{"message":"hi"}})").message_id, std::nullopt);
  const auto room = read<RoomFrame>(R"({"action":"message","data":{"content":"Hello world","recipient":"all"}})");
  EXPECT_EQ(room.content, "Hello world");
  EXPECT_EQ(room.recipient, "all");
  EXPECT_EQ(room.room, "");
  const auto named = read<RoomFrame>(
      R"({"action":"message","data":{"content":"hi","recipient":"all","room":"ops","messageId":"m-1"}})");
  EXPECT_EQ(named.room, "ops");
  EXPECT_EQ(named.message_id, "m-1");
  EXPECT_EQ(read<JoinFrame>(R"({"action":"join","data":{"room":"ops"}})").room, "ops");
  EXPECT_EQ(read<LeaveFrame>(R"({"action":"leave","data":{"room":"ops"}})").room, "ops");
  EXPECT_EQ(read<WhoFrame>(R"({"action":"who"})").room, "");
  EXPECT_EQ(read<HistoryFrame>(R"({"action":"history","data":{"room":"ops"}})").room, "ops");
  read<NewConversationFrame>(R"({"action":"new_conversation"})");
  EXPECT_EQ(read<HistoryFrame>(R"({"action":"history","data":{"limit":7,"before":"x"}})").limit, 7);
  EXPECT_EQ(read<CancelFrame>(R"({"action":"cancel","data":{"messageId":"m"}})").message_id, "m");
  read<PingFrame>(R"({"action":"ping"})");
  read<PingFrame>(R"({"type":"ping"})");
}

TEST(ClientFrame, TakesDataAsOptionalWhereItIs) {
  EXPECT_EQ(read<HistoryFrame>(R"({"action":"history"})").limit, 50);
  EXPECT_EQ(read<HistoryFrame>(R"({"action":"history","data":null})").before, std::nullopt);
  EXPECT_EQ(read<CancelFrame>(R"({"action":"cancel"})").message_id, std::nullopt);
  EXPECT_EQ(read<CancelFrame>(R"({"action":"cancel","data":{}})").message_id, std::nullopt);
}

TEST(ClientFrame, TakesBothSpellingsOfEveryParameter) {
  GenerationParameters expected;
  expected.temperature = 1;
  expected.max_tokens = 2;
  expected.top_p = 0.3;
  expected.top_k = 4;
  expected.presence_penalty = 0.5;
  expected.frequency_penalty = 0.6;
  expected.repetition_penalty = 0.7;
  expected.stop = {"a", "b"};
  expected.seed = 8;
  const auto camel = read<MessageFrame>(
      R"({"action":"message","data":{"message":"x","parameters":{"temperature":1,"maxTokens":2,"topP":0.3,"topK":4,
          "presencePenalty":0.5,"frequencyPenalty":0.6,"repetitionPenalty":0.7,"stop":["a","b"],"seed":8,"other":{}}}})");
  const auto snake = read<MessageFrame>(
      R"({"action":"message","data":{"message":"x","parameters":{"temperature":1,"max_tokens":2,"top_p":0.3,"top_k":4,
          "presence_penalty":0.5,"frequency_penalty":0.6,"repetition_penalty":0.7,"stop":["a","b"],"seed":8}}})");
  EXPECT_EQ(camel.parameters, expected);
  EXPECT_EQ(snake.parameters, expected);
  const auto both =
      read<MessageFrame>(R"({"action":"message","data":{"message":"x","parameters":{"max_tokens":1,"maxTokens":2}}})");
  EXPECT_EQ(both.parameters.max_tokens, 2);
}

TEST(ClientFrame, SaturatesIntegersSoThatTheyCanBeClamped) {
  const auto frame = read<MessageFrame>(
      R"({"action":"message","data":{"message":"x","parameters":{"maxTokens":1e30,"topK":-1e30,"seed":1e300}}})");
  EXPECT_EQ(frame.parameters.max_tokens, INT32_MAX);
  EXPECT_EQ(frame.parameters.top_k, INT32_MIN);
  EXPECT_EQ(frame.parameters.seed, INT64_MAX);
  EXPECT_EQ(read<HistoryFrame>(R"({"action":"history","data":{"limit":9223372036854775807}})").limit, INT32_MAX);
  EXPECT_EQ(read<HistoryFrame>(R"({"action":"history","data":{"limit":-9223372036854775808}})").limit, INT32_MIN);
}

TEST(ClientFrame, RefusesWrongTypesAndNamesThem) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {R"({"action":"message"})", "data: missing"},
      {R"({"action":"message","data":"hi"})", "data: expected an object, got a string"},
      {R"({"action":"message","data":{}})", "data.message: missing"},
      {R"({"action":"message","data":{"message":3}})", "data.message: expected a string, got a number"},
      {R"({"action":"message","data":{"message":"x","chatId":3}})", "data.chatId: expected a string, got a number"},
      {R"({"action":"message","data":{"message":"x","sender":[]}})", "data.sender: expected a string, got a list"},
      {R"({"action":"message","data":{"message":"x","parameters":[]}})",
       "data.parameters: expected an object, got a list"},
      {R"({"action":"message","data":{"message":"x","parameters":{"temperature":"1"}}})",
       "data.parameters.temperature: expected a number, got a string"},
      {R"({"action":"message","data":{"message":"x","parameters":{"temperature":true}}})",
       "data.parameters.temperature: expected a number, got a boolean"},
      {R"({"action":"message","data":{"message":"x","parameters":{"max_tokens":1.5}}})",
       "data.parameters.max_tokens: expected an integer"},
      {R"({"action":"message","data":{"message":"x","parameters":{"topK":"5"}}})",
       "data.parameters.topK: expected a number, got a string"},
      {R"({"action":"message","data":{"message":"x","parameters":{"seed":{}}}})",
       "data.parameters.seed: expected a number, got an object"},
      {R"({"action":"message","data":{"message":"x","parameters":{"stop":"END"}}})",
       "data.parameters.stop: expected a list, got a string"},
      {R"({"action":"message","data":{"message":"x","parameters":{"stop":["a",1]}}})",
       "data.parameters.stop[1]: expected a string, got a number"},
      {R"({"action":"message","data":{"message":"x","timings":1}})", "data.timings: expected a boolean, got a number"},
      {R"({"action":"message","data":{"message":"x","timings":"yes"}})",
       "data.timings: expected a boolean, got a string"},
      {R"({"action":"message","data":{"content":"x"}})", "data.recipient: missing"},
      {R"({"action":"message","data":{"content":{},"recipient":"all"}})",
       "data.content: expected a string, got an object"},
      {R"({"action":"history","data":[]})", "data: expected an object, got a list"},
      {R"({"action":"history","data":{"limit":"5"}})", "data.limit: expected an integer, got a string"},
      {R"({"action":"history","data":{"before":5}})", "data.before: expected a string, got a number"},
      {R"({"action":"cancel","data":{"messageId":5}})", "data.messageId: expected a string, got a number"},
  };
  for (const auto& [body, cause] : cases) EXPECT_EQ(frame_complaint(body), cause) << body;
}

TEST(ClientFrame, HandsUnknownActionsToTheDefaultRoute) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {R"({"action":"dance"})", "dance"},
      {R"({"action":7})", "7"},
      {R"({"action":{"a":1}})", ""},
      {R"({"action":null})", ""},
      {R"({})", ""},
      {R"({"type":"pong"})", ""},
      {R"({"type":["ping"]})", ""},
      {R"({"action":"Message"})", "Message"},
      {R"({"action":"dance","type":"ping"})", "dance"},
  };
  for (const auto& [body, action] : cases) {
    const auto frame = read<UnknownFrame>(body);
    EXPECT_EQ(frame.received_action, action) << body;
    EXPECT_EQ(frame.cause, "") << body;
  }
}

TEST(ClientFrame, ShortensALongUnknownActionAtACodePoint) {
  std::string action = "x";
  while (action.size() < 100'000) action += "é";
  const auto frame = read<UnknownFrame>(R"({"action":")" + action + "\"}");
  EXPECT_EQ(frame.received_action, action.substr(0, 127));
}

TEST(ClientFrame, SaysWhatIsWrongWithAFrameThatIsNotAJsonObject) {
  const std::vector<std::pair<std::string, const char*>> cases{
      {"", "frame: not JSON at byte 1"},
      {"hello", "frame: not JSON at byte 1"},
      {R"({"action":)", "frame: not JSON at byte 11"},
      {"[]", "frame: expected a JSON object"},
      {"\"ping\"", "frame: expected a JSON object"},
      {"{\"action\":\"\xFF\"}", "frame: not valid UTF-8"},
      {std::string("{}\0", 3), "frame: NUL at byte 2"},
      {R"({"action":"message","data":)" + std::string(100'000, '['), "frame: nested deeper than 64 levels"},
      {R"({"action":"ping","n":1e999})", "frame: a number is too large"},
  };
  for (const auto& [body, cause] : cases) {
    const auto frame = read<UnknownFrame>(body);
    EXPECT_EQ(frame.cause, cause) << body.substr(0, 50);
    EXPECT_EQ(frame.received_action, "");
  }
}

TEST(ClientFrame, TakesTheLastOfRepeatedNames) {
  EXPECT_EQ(read<UnknownFrame>(R"({"action":"ping","action":"dance"})").received_action, "dance");
}

TEST(ClientFrame, RoundTripsWhatOurOwnClientsSend) {
  MessageFrame message;
  message.text = "a \"b\"\n\xF0\x9F\x98\x80";
  message.parameters.temperature = 0.1;
  message.parameters.max_tokens = 10;
  message.parameters.top_p = 1;
  message.parameters.top_k = 5;
  message.parameters.presence_penalty = -0.5;
  message.parameters.frequency_penalty = 0.5;
  message.parameters.repetition_penalty = 1.1;
  message.parameters.stop = {"END"};
  message.parameters.seed = -1;
  message.chat_id = "c";
  message.sender = "s";
  message.message_id = "q-1";
  message.timings = true;
  const auto back = read<MessageFrame>(encode(message));
  EXPECT_EQ(back.text, message.text);
  EXPECT_EQ(back.parameters, message.parameters);
  EXPECT_EQ(back.chat_id, "c");
  EXPECT_EQ(back.sender, "s");
  EXPECT_EQ(back.message_id, "q-1");
  EXPECT_TRUE(back.timings);

  const auto history = read<HistoryFrame>(encode(HistoryFrame{5, "cursor"}));
  EXPECT_EQ(history.limit, 5);
  EXPECT_EQ(history.before, "cursor");
  EXPECT_EQ(read<CancelFrame>(encode(CancelFrame{"m"})).message_id, "m");
  read<NewConversationFrame>(encode(NewConversationFrame{}));
  read<PingFrame>(encode(PingFrame{}));
}

TEST(ClientFrame, LeavesOutWhatIsNotSet) {
  MessageFrame message;
  message.text = "hi";
  EXPECT_EQ(encode(message), R"({"action":"message","data":{"message":"hi"}})");
  EXPECT_EQ(encode(CancelFrame{}), R"({"action":"cancel","data":{}})");
}

}  // namespace
}  // namespace wsdeep::wire
