#include "chat/answer_stream.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "support/chat_fakes.h"

namespace wsdeep::chat {
namespace {

using namespace wsdeep::testing;
using std::chrono::milliseconds;

class Stream : public ::testing::Test {
 protected:
  Stream() {
    chats.open("c", "u");
    chats.begin_turn(turn, "title");
    replies.before_post = [this](const std::string&, const wire::ServerFrame&) {
      posted_at_ms.push_back(since_start());
      clock.advance(post_takes);
    };
  }

  StreamEnd run() {
    AnswerStream stream(turn, {"conn"}, {connections, rooms, chats, replies, llm, clock}, limits, start + lifetime);
    const StreamEnd end = stream.run({});
    text = stream.text();
    frames = stream.frames();
    return end;
  }
  int since_start() const {
    return static_cast<int>(std::chrono::duration_cast<milliseconds>(clock.steady_now() - start).count());
  }
  std::vector<std::string> chunks() const {
    std::vector<std::string> out;
    for (const wire::Chunk& chunk : replies.of<wire::Chunk>()) out.push_back(chunk.text);
    return out;
  }
  /// seq without gaps from 0, and only the last chunk complete.
  void expect_gapless() const {
    const auto all = replies.of<wire::Chunk>();
    for (std::size_t i = 0; i < all.size(); ++i) {
      ASSERT_EQ(all[i].seq, static_cast<std::int64_t>(i));
      ASSERT_EQ(all[i].is_complete, i + 1 == all.size());
      ASSERT_EQ(all[i].message_id, "m");
    }
  }

  ManualClock clock;
  MemoryConnections connections;
  MemoryRooms rooms{connections};
  MemoryChats chats{clock};
  RecordingReplies replies;
  ScriptedLlm llm{clock};
  Limits limits;
  TurnKey turn{"c", "m", 1};
  SteadyTime start = clock.steady_now();
  milliseconds lifetime{600'000};
  milliseconds post_takes{0};
  std::vector<int> posted_at_ms;
  std::string text;
  int frames = 0;
};

TEST_F(Stream, PostsTheFirstTextAtOnceAndCoalescesWhatFollows) {
  llm.text(0, "A").text(5, "B").text(9, "C").text(24, "D").text(90, "E").end(95);
  EXPECT_EQ(run().outcome, "completed");
  EXPECT_EQ(chunks(), (std::vector<std::string>{"A", "BC", "D", "E", ""}));
  EXPECT_EQ(posted_at_ms, (std::vector<int>{0, 20, 40, 90, 95}));
  EXPECT_EQ(text, "ABCDE");
  EXPECT_EQ(frames, 5);
  expect_gapless();
}

TEST_F(Stream, CarriesTheRestInTheLastChunk) {
  llm.text(0, "A").text(5, "B").end(6);
  EXPECT_EQ(run().outcome, "completed");
  EXPECT_EQ(chunks(), (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(posted_at_ms, (std::vector<int>{0, 6}));
  expect_gapless();
}

TEST_F(Stream, JoinsWhatArrivesWhileAPostIsInFlight) {
  post_takes = milliseconds(100);
  llm.text(0, "A").text(10, "B").text(50, "C").text(99, "D").text(150, "E").end(400);
  run();
  EXPECT_EQ(chunks(), (std::vector<std::string>{"A", "BCD", "E", ""}));
  EXPECT_EQ(posted_at_ms, (std::vector<int>{0, 100, 200, 400}));
}

TEST_F(Stream, PostsAnEmptyAnswerAsOneChunk) {
  llm.end(3);
  const StreamEnd end = run();
  EXPECT_TRUE(end.whole);
  EXPECT_EQ(end.result.sticky_cookie, "lb=1");
  EXPECT_EQ(chunks(), (std::vector<std::string>{""}));
  expect_gapless();
}

TEST_F(Stream, NeverLosesOrReordersTextWhateverTheSchedule) {
  std::mt19937 random(20'240'219);
  const auto up_to = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit + 1)); };
  for (int round = 0; round < 300; ++round) {
    llm.script.clear();
    replies.posts.clear();
    posted_at_ms.clear();
    start = clock.steady_now();
    post_takes = milliseconds(up_to(60));
    limits.coalesce_window = milliseconds(up_to(50));
    std::string bytes;
    for (int i = up_to(60); i > 0; --i) bytes += i % 3 ? "word " : "€\xF0\x9F\x98\x80\"";
    int at = up_to(100);
    for (std::size_t cut = 0; cut < bytes.size(); at += up_to(40)) {
      const std::size_t size = static_cast<std::size_t>(1 + up_to(9));
      llm.text(at, bytes.substr(cut, size));
      cut += size;
    }
    llm.end(at + up_to(100));

    ASSERT_EQ(run().outcome, "completed") << round;
    ASSERT_EQ(text, bytes) << round;
    ASSERT_EQ(replies.streamed(), bytes) << round;
    expect_gapless();
    for (std::size_t i = 1; i + 1 < posted_at_ms.size(); ++i)
      ASSERT_GE(posted_at_ms[i] - posted_at_ms[i - 1], limits.coalesce_window.count()) << round;
  }
}

/// So many tokens of each chunk; -1 where it has no count.
std::vector<int> counts(const RecordingReplies& replies) {
  std::vector<int> out;
  for (const wire::Chunk& chunk : replies.of<wire::Chunk>()) out.push_back(static_cast<int>(chunk.tokens.value_or(-1)));
  return out;
}

/// Of all chunks.
std::vector<std::uint32_t> offsets(const RecordingReplies& replies) {
  std::vector<std::uint32_t> out;
  for (const wire::Chunk& chunk : replies.of<wire::Chunk>())
    out.insert(out.end(), chunk.token_offsets_us.begin(), chunk.token_offsets_us.end());
  return out;
}

TEST_F(Stream, AddsUpTheTokensOfWhatItJoins) {
  llm.chunk(0, {"A", false, false, 1}).chunk(5, {"B", false, false, 2}).chunk(9, {"C", false, false, 1});
  llm.chunk(50, {"", false, false, 1}).end(95);
  run();
  EXPECT_EQ(chunks(), (std::vector<std::string>{"A", "BC", ""}));
  EXPECT_EQ(counts(replies), (std::vector<int>{1, 3, 1})) << "the end's own has no text";
}

TEST_F(Stream, SaysNothingOfTokensThatTheNodeDoesNotCount) {
  llm.text(0, "A").end(95);
  run();
  EXPECT_EQ(counts(replies), (std::vector<int>{-1, -1}));
}

TEST_F(Stream, GivesTheTokensOfACharacterThatTheNodeCutToItsWhole) {
  llm.chunk(0, {"a\xE2", false, false, 2, {1, 2}}).chunk(30, {"\x82", false, false, 1, {3}});
  llm.chunk(60, {"\xAC", false, false, 1, {4}}).end(90);
  run();
  EXPECT_EQ(chunks(), (std::vector<std::string>{"a", "€", ""}));
  EXPECT_EQ(counts(replies), (std::vector<int>{2, 2, 0}));
  EXPECT_EQ(replies.of<wire::Chunk>()[1].token_offsets_us, (std::vector<std::uint32_t>{3, 4}));
}

TEST_F(Stream, SpreadsTimesThatNoFrameCanCarryOverSeveral) {
  constexpr int kTokens = 10'000;
  std::vector<std::uint32_t> times(kTokens);
  std::iota(times.begin(), times.end(), 4'000'000'000U);
  post_takes = milliseconds(100);
  llm.text(0, "first").chunk(10, {std::string(40'000, '"'), false, false, kTokens, times}).end(20);
  EXPECT_EQ(run().outcome, "completed");
  for (const auto& [connection_id, frame] : replies.posts) EXPECT_LE(frame.size(), wire::kMaxMessageBytes);
  EXPECT_EQ(offsets(replies), times);
  EXPECT_EQ(counts(replies), (std::vector<int>{-1, 2048, 2048, 2048, 2048, 1808, 0}));
  EXPECT_EQ(replies.streamed(), "first" + std::string(40'000, '"'));
  expect_gapless();
}

TEST_F(Stream, LosesNoTokenWhateverTheSchedule) {
  std::mt19937 random(20'261'129);
  const auto up_to = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit + 1)); };
  for (int round = 0; round < 60; ++round) {
    llm.script.clear();
    replies.posts.clear();
    start = clock.steady_now();
    post_takes = milliseconds(up_to(60));
    std::vector<std::uint32_t> times;
    int at = 0;
    for (int i = 1 + up_to(60); i > 0; --i, at += up_to(40)) {
      const int tokens = i % 7 == 0 ? 1500 : up_to(2);
      const bool reasoning = up_to(2) == 0;
      const std::vector<std::uint32_t> made(static_cast<std::size_t>(tokens), static_cast<std::uint32_t>(at));
      times.insert(times.end(), made.begin(), made.end());
      llm.chunk(at, {up_to(3) > 0 ? "€" : "", reasoning, !reasoning && up_to(20) == 0, tokens, made});
    }
    llm.end(at);
    ASSERT_EQ(run().outcome, "completed") << round;
    ASSERT_EQ(offsets(replies), times) << round;
    std::size_t told = 0;
    for (const int count : counts(replies)) told += static_cast<std::size_t>(std::max(count, 0));
    ASSERT_EQ(told, times.size()) << round;
    expect_gapless();
  }
}

TEST_F(Stream, HoldsBackACharacterThatTheNodeCut) {
  llm.text(0, "a\xE2\x82").text(30, "\xAC").end(60);
  run();
  EXPECT_EQ(chunks(), (std::vector<std::string>{"a", "€", ""}));
}

TEST_F(Stream, ReplacesACharacterThatTheNodeNeverCompleted) {
  llm.text(0, "a\xE2").end(60);
  run();
  EXPECT_EQ(replies.streamed(), "a\xEF\xBF\xBD");
  EXPECT_EQ(text, replies.streamed());
}

TEST_F(Stream, CutsATextThatNoFrameCanCarry) {
  std::string long_text;
  while (long_text.size() < 400'000) long_text += "€\n";
  llm.text(0, long_text).end(60);
  run();
  for (const auto& [connection_id, frame] : replies.posts) EXPECT_LE(frame.size(), wire::kMaxMessageBytes);
  EXPECT_GE(frames, 4);
  EXPECT_EQ(replies.streamed(), long_text);
  expect_gapless();
}

TEST_F(Stream, MarksOnlyTheVeryLastChunkWhenTheRestNeedsSeveral) {
  llm.text(0, "A").text(5, std::string(400'000, 'x')).end(6);
  run();
  EXPECT_EQ(frames, 5);
  expect_gapless();
}

TEST_F(Stream, StopsWhenTheClientIsGone) {
  llm.text(0, "A").text(30, "B").text(60, "C").end(90);
  replies.before_post = [&](const std::string&, const wire::ServerFrame&) {
    if (replies.posts.size() == 1) replies.gone = {"conn"};
  };
  const StreamEnd end = run();
  EXPECT_EQ(end.outcome, "gone");
  EXPECT_FALSE(end.whole);
  EXPECT_EQ(llm.cancelled, 1);
  EXPECT_EQ(llm.running, 0);
  EXPECT_EQ(since_start(), 30);
}

TEST_F(Stream, KnowsTheWholeAnswerOfAClientThatLeftAtItsEnd) {
  llm.text(0, "A").text(5, "B").end(6);
  replies.before_post = [&](const std::string&, const wire::ServerFrame&) {
    if (replies.posts.size() == 1) replies.gone = {"conn"};
  };
  const StreamEnd end = run();
  EXPECT_EQ(end.outcome, "gone");
  EXPECT_TRUE(end.whole);
  EXPECT_EQ(text, "AB");
}

TEST_F(Stream, StopsAtTheHeartbeatAfterACancellation) {
  llm.text(0, "A").text(400, "B").text(10'000, "C").end(11'000);
  chats.request_cancel("c", std::nullopt);
  EXPECT_EQ(run().outcome, "cancelled");
  EXPECT_EQ(since_start(), 500);
  EXPECT_EQ(llm.cancelled, 1);
}

TEST_F(Stream, BeatsWhileTheModelThinks) {
  llm.text(5'250, "A").end(5'300);
  run();
  EXPECT_EQ(chats.heartbeats, 10);
}

TEST_F(Stream, StopsWhenAnotherRunTookTheTurnOver) {
  llm.text(0, "A").text(10'000, "B").end(11'000);
  chats.at("c").holder->message_id = "other";
  EXPECT_EQ(run().outcome, "lost");
  EXPECT_EQ(llm.cancelled, 1);
}

TEST_F(Stream, TimesOutWithoutAFirstText) {
  limits.first_text_timeout = milliseconds(2'000);
  llm.text(2'001, "late").end(3'000);
  const StreamEnd end = run();
  EXPECT_EQ(end.outcome, "llm_timeout");
  EXPECT_EQ(end.cause, "no text for 2000 ms");
  EXPECT_EQ(since_start(), 2'000);
  EXPECT_EQ(llm.cancelled, 1);
}

TEST_F(Stream, TimesOutWhenTheModelStalls) {
  limits.stall_timeout = milliseconds(3'000);
  llm.text(100, "A").text(3'000, "B");
  const StreamEnd end = run();
  EXPECT_EQ(end.outcome, "llm_timeout");
  EXPECT_EQ(end.cause, "no more text for 3000 ms");
  EXPECT_EQ(since_start(), 6'000);
  EXPECT_EQ(llm.cancelled, 1);
}

TEST_F(Stream, TakesASlowPostForNoStall) {
  limits.stall_timeout = milliseconds(1'000);
  post_takes = milliseconds(5'000);
  llm.text(0, "A").text(900, "B").text(1'800, "C").end(2'700);
  EXPECT_EQ(run().outcome, "completed");
  EXPECT_EQ(text, "ABC");
}

TEST_F(Stream, StopsAtTheDeadlineEvenWhileTextFlows) {
  lifetime = milliseconds(1'050);
  for (int at = 0; at < 5'000; at += 100) llm.text(at, "x");
  const StreamEnd end = run();
  EXPECT_EQ(end.outcome, "llm_timeout");
  EXPECT_EQ(end.cause, "the deadline was reached");
  EXPECT_EQ(since_start(), 1'050);
  EXPECT_EQ(llm.timeouts, (std::vector<milliseconds>{milliseconds(1'050)}));
  EXPECT_EQ(llm.cancelled, 1);
}

TEST_F(Stream, DoesNotStartBehindTheDeadline) {
  lifetime = milliseconds(0);
  EXPECT_EQ(run().outcome, "llm_timeout");
  EXPECT_TRUE(llm.requests.empty());
}

TEST_F(Stream, PassesTheNodesFailureOn) {
  llm.text(0, "A").fail(50, "llm_overloaded");
  const StreamEnd end = run();
  EXPECT_EQ(end.outcome, "llm_overloaded");
  EXPECT_EQ(end.cause, "as scripted");
}

TEST_F(Stream, IsUnavailableWhenTheModelCannotBeAsked) {
  llm.fault = fails("no address");
  const StreamEnd end = run();
  EXPECT_EQ(end.outcome, "llm_unavailable");
  EXPECT_EQ(end.cause, "no address");
}

TEST_F(Stream, StopsANodeThatNeverEnds) {
  for (int at = 0; at < 10; ++at) llm.text(at * 30, std::string(1'000'000, 'x'));
  const StreamEnd end = run();
  EXPECT_EQ(end.outcome, "internal");
  EXPECT_EQ(llm.cancelled, 1);
}

TEST_F(Stream, StopsTheNodeWhenAPortFails) {
  llm.text(0, "A").text(25'000, "B").end(40'000);
  chats.faults["heartbeat"] = fails("table failed");
  EXPECT_THROW(run(), Error);
  EXPECT_EQ(since_start(), 20'000) << "ten seconds before another turn may take the chat";
  EXPECT_EQ(llm.cancelled, 1);
  EXPECT_EQ(llm.running, 0);
}

}  // namespace
}  // namespace wsdeep::chat
