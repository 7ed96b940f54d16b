#include "load/drive/chat_turn.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/chat_frames.h"

namespace wsdeep::load {
namespace {

/// What comes, and when.
struct Incoming {
  Micros at;
  std::string frame;
};

std::string chunk_frame(const std::string& fields) {
  return R"({"action":"llm_response_chunk","data":{"messageId":"m",)" + fields + "}}";
}

const std::string kReceipt = R"({"action":"message_received","data":{"messageId":"m","chatId":"c"}})";
const std::string kRestarted = R"({"action":"message_received","data":{"messageId":"m","restarted":true}})";

std::string completion_frame(const std::string& fields) {
  return R"({"message":"LLM response complete","data":{"messageId":"m",)" + fields + "}}";
}

std::string error_frame(const std::string& category, const std::string& more = R"(,"messageId":"m")") {
  return R"({"message":"Error","data":{"message":"words","error":true,"errorCategory":")" + category + "\"" + more +
         "}}";
}

ChatTurn sent_turn() {
  TurnRecord record;
  record.plane = Plane::kChat;
  record.intended = 100;
  ChatTurn turn(record, "m", kNever);
  turn.sent(110, 50);
  return turn;
}

/// The record, of a turn that the frames have come to.
TurnRecord record_of(const std::vector<Incoming>& frames) {
  ChatTurn turn = sent_turn();
  for (const auto& [at, frame] : frames) {
    turn.received(frame.size());
    turn.take(wire::parse_server_frame(frame), at);
  }
  return turn.finish({}).record;
}

std::string points_of(const TurnRecord& record) {
  const auto word = [](Micros at) { return at == kNever ? "-" : std::to_string(at); };
  return fmt::format("ack {} first {} answer {} last {} end {}", word(record.ack), word(record.first),
                     word(record.answer), word(record.last), word(record.end));
}

TEST(ChatTurn, StampsThePointsOfAnAnswer) {
  struct Row {
    const char* what;
    std::vector<Incoming> frames;
    const char* instants;
  };
  const std::string whole = completion_frame(R"("message":"ab")");
  const std::vector<Row> rows{
      {"an answer",
       {{1, kReceipt},
        {2, chunk_frame(R"("seq":0,"reasoning":"","text":"a")")},
        {3, chunk_frame(R"("seq":1,"reasoning":"","text":"b","isComplete":true)")},
        {4, whole}},
       "ack 1 first 2 answer 2 last 3 end 4"},
      {"reasoning before it",
       {{1, kReceipt},
        {2, chunk_frame(R"("seq":0,"reasoning":"hm","text":"")")},
        {3, chunk_frame(R"("seq":1,"reasoning":"","text":"b","isComplete":true)")},
        {4, whole}},
       "ack 1 first 2 answer 3 last 3 end 4"},
      {"reasoning only",
       {{1, kReceipt},
        {2, chunk_frame(R"("seq":0,"reasoning":"hm","text":"","isComplete":true)")},
        {4, completion_frame(R"("message":"")")}},
       "ack 1 first 2 answer - last 2 end 4"},
      {"text that turns out to be reasoning",
       {{1, kReceipt},
        {2, chunk_frame(R"("seq":0,"reasoning":"","text":"hm")")},
        {3, chunk_frame(R"("seq":1,"reasoning":"","text":"b","textWasReasoning":true,"isComplete":true)")},
        {4, whole}},
       "ack 1 first 2 answer 3 last 3 end 4"},
      {"an older server's tags",
       {{1, kReceipt},
        {2, chunk_frame(R"("seq":0,"text":"<think>hm")")},
        {3, chunk_frame(R"("seq":1,"text":"</think>b","isComplete":true)")},
        {4, whole}},
       "ack 1 first 2 answer 3 last 3 end 4"},
      {"a piece without text is no first one",
       {{1, kReceipt},
        {2, chunk_frame(R"("seq":0,"reasoning":"","text":"","tokens":1)")},
        {3, chunk_frame(R"("seq":1,"reasoning":"","text":"b","isComplete":true)")},
        {4, whole}},
       "ack 1 first 3 answer 3 last 3 end 4"},
      {"an answer that comes with its end", {{1, kReceipt}, {4, whole}}, "ack 1 first 4 answer 4 last 4 end 4"},
      {"no answer", {{1, kReceipt}, {4, error_frame("llm_timeout")}}, "ack 1 first - answer - last - end 4"},
      {"frames of another turn",
       {{1, kReceipt}, {2, R"({"action":"llm_response_chunk","data":{"messageId":"x","text":"a"}})"}, {4, whole}},
       "ack 1 first 4 answer 4 last 4 end 4"},
  };
  for (const Row& row : rows) EXPECT_EQ(points_of(record_of(row.frames)), row.instants) << row.what;
}

TEST(ChatTurn, TakesTheIdOfAServerThatMakesItsOwn) {
  const TurnRecord record = record_of(
      {{1, R"({"action":"message_received","data":{"messageId":"theirs"}})"},
       {2, R"({"action":"llm_response_chunk","data":{"messageId":"theirs","seq":0,"text":"a","isComplete":true}})"},
       {3, R"({"message":"LLM response complete","data":{"messageId":"theirs","message":"a"}})"}});
  EXPECT_EQ(points_of(record), "ack 1 first 2 answer 2 last 2 end 3");
  EXPECT_EQ(record.how, TurnEnd::kCompleted);
}

std::string order_of(const std::vector<std::string>& pieces) {
  std::vector<Incoming> frames{{1, kReceipt}};
  for (const std::string& piece : pieces)
    frames.push_back({2, piece == "again" ? kRestarted : chunk_frame(R"("text":"a",)" + piece)});
  frames.push_back({3, completion_frame(R"("message":"aaa")")});
  const TurnRecord record = record_of(frames);
  return fmt::format("gaps {} repeats {} disorders {} restarts {}", record.gaps, record.repeats, record.disorders,
                     record.restarts);
}

TEST(ChatTurn, SeesWhatIsWrongWithTheOrderOfThePieces) {
  const std::string last = R"(,"isComplete":true)";
  const std::vector<std::pair<std::vector<std::string>, const char*>> rows{
      {{"\"seq\":0", "\"seq\":1" + last}, "gaps 0 repeats 0 disorders 0 restarts 0"},
      {{"\"seq\":0", "\"seq\":3" + last}, "gaps 2 repeats 0 disorders 0 restarts 0"},
      {{"\"seq\":0", "\"seq\":0", "\"seq\":1" + last}, "gaps 0 repeats 1 disorders 0 restarts 0"},
      {{"\"seq\":0", "\"seq\":2" + last, "\"seq\":1"}, "gaps 0 repeats 0 disorders 1 restarts 0"},
      {{"\"seq\":0", "\"seq\":1"}, "gaps 1 repeats 0 disorders 0 restarts 0"},
      {{"\"seq\":0", "\"seq\":1", "again", "\"seq\":0", "\"seq\":1" + last}, "gaps 0 repeats 0 disorders 0 restarts 1"},
      {{"\"seq\":9223372036854775807", "\"seq\":-5" + last}, "gaps 1 repeats 1 disorders 0 restarts 0"},
  };
  for (const auto& [pieces, words] : rows) EXPECT_EQ(order_of(pieces), words);
}

TEST(ChatTurn, CountsTokensByTheBestSourceAlone) {
  const std::string text = R"("seq":0,"reasoning":"","text":"abcde","isComplete":true)";
  const std::string usage =
      R"("message":"abcde","usage":{"promptTokens":9,"completionTokens":7,"cachedPromptTokens":4})";
  struct Row {
    std::vector<Incoming> frames;
    TokenCount by;
    std::int64_t output;
  };
  const std::vector<Row> rows{
      {{{1, chunk_frame(text + ",\"tokens\":5")}, {2, completion_frame(usage)}}, TokenCount::kUsage, 7},
      {{{1, chunk_frame(text + ",\"tokens\":5")}, {2, completion_frame(R"("message":"abcde")")}}, TokenCount::kNode, 5},
      {{{1, chunk_frame(text)}, {2, completion_frame(R"("message":"abcde")")}}, TokenCount::kEstimated, 2},
      {{{1, error_frame("internal")}}, TokenCount::kNone, 0},
      {{{1, chunk_frame(text + ",\"tokens\":-5")}, {2, error_frame("internal")}}, TokenCount::kEstimated, 2},
      // The first answer is void when another node begins anew.
      {{{1, chunk_frame(text + ",\"tokens\":5")},
        {2, kRestarted},
        {3, chunk_frame(text + ",\"tokens\":3")},
        {4, completion_frame(R"("message":"abcde")")}},
       TokenCount::kNode,
       3},
  };
  for (const Row& row : rows) {
    const TurnRecord record = record_of(row.frames);
    EXPECT_EQ(record.counted_by, row.by);
    EXPECT_EQ(record.output_tokens, row.output);
  }
  const TurnRecord record = record_of(rows[0].frames);
  EXPECT_EQ(record.prompt_tokens, 9);
  EXPECT_EQ(record.cached_prompt_tokens, 4);
}

TEST(ChatTurn, KeepsTheOffsetsOfTokensAndGivesThoseWithoutTextToTheNextPiece) {
  const TurnRecord record = record_of(
      {{1, chunk_frame(R"("seq":0,"reasoning":"","text":"","tokens":1,"tokenOffsetsMs":[1.5])")},
       {2, chunk_frame(R"("seq":1,"reasoning":"","text":"ab","tokens":2,"tokenOffsetsMs":[2,3])")},
       {3, chunk_frame(R"("seq":2,"reasoning":"","text":"","tokens":1,"tokenOffsetsMs":[4],"isComplete":true)")},
       {4, completion_frame(R"("message":"ab")")}});
  EXPECT_EQ(record.token_offsets_us, (std::vector<std::uint32_t>{1500, 2000, 3000, 4000}));
  ASSERT_EQ(record.pieces.size(), 1u);
  EXPECT_EQ(record.pieces[0].tokens, 4u);
  EXPECT_EQ(record.pieces[0].bytes, 2u);
}

TEST(ChatTurn, NamesTheNodeThatAnswers) {
  const TurnRecord record = record_of(
      {{1, chunk_frame(R"("seq":0,"reasoning":"","text":"a","nodeId":"n1","nodeArrivalUs":7,"nodeQueueUs":3)")}});
  EXPECT_EQ(record.node, "n1");
  EXPECT_EQ(record.arrived_at, 7);
  EXPECT_EQ(record.queue_us, 3);
}

TEST(ChatTurn, CountsWhatComesAfterACancelAsWasted) {
  ChatTurn turn = sent_turn();
  turn.take(wire::parse_server_frame(chunk_frame(R"("seq":0,"reasoning":"","text":"a","tokens":3)")), 200);
  turn.cancel_sent(250, 30);
  turn.take(wire::parse_server_frame(chunk_frame(R"("seq":1,"reasoning":"","text":"b","tokens":2)")), 300);
  EXPECT_EQ(turn.take(wire::parse_server_frame(error_frame("cancelled")), 310), ChatTurn::Heard::kEnds);
  const TurnRecord record = turn.finish({}).record;
  EXPECT_EQ(record.how, TurnEnd::kCancelled);
  EXPECT_EQ(record.cancelled_at, 250);
  EXPECT_EQ(record.wasted_tokens, 2u);
  EXPECT_EQ(record.messages_sent, 2u);
}

TEST(ChatTurn, BillsFramesInUnitsOf32KBBothWays) {
  ChatTurn turn = sent_turn();
  turn.received(1);
  turn.received(32 * 1024);
  turn.received(32 * 1024 + 1);
  FrameCount before;
  before.count_sent(10);
  const TurnRecord record = turn.finish(before).record;
  EXPECT_EQ(record.billed_messages, 1u + 1 + 1 + 1 + 2);
  EXPECT_EQ(record.messages_received, 3u);
  EXPECT_EQ(record.bytes_sent, 60u);
}

TEST(ChatTurn, LeavesErrorsOfOtherFramesAloneOnceItIsAcknowledged) {
  const std::string notice = R"({"message":"Internal server error","connectionId":"c","requestId":"r"})";
  const std::string unnamed = error_frame("rate_limited", "");
  for (const std::string& frame : {notice, unnamed}) {
    ChatTurn acknowledged = sent_turn();
    acknowledged.take(wire::parse_server_frame(kReceipt), 1);
    EXPECT_EQ(acknowledged.take(wire::parse_server_frame(frame), 2), ChatTurn::Heard::kGoesOn) << frame;
    ChatTurn fresh = sent_turn();
    EXPECT_EQ(fresh.take(wire::parse_server_frame(frame), 2), ChatTurn::Heard::kEndsInDoubt) << frame;
  }
}

}  // namespace
}  // namespace wsdeep::load
