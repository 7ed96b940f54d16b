#include "handlers/rest_events.h"

#include <gtest/gtest.h>

#include "handlers/rest_bodies.h"

namespace wsdeep::handlers {
namespace {

class Sink final : public AnswerSink {
 public:
  bool write(std::string_view piece) override {
    text += piece;
    return listens;
  }
  std::string text;
  bool listens = true;
};

class RestEventsTest : public ::testing::Test {
 protected:
  /// What is told of an answer whose beginning was reasoning.
  static void tell(RestEvents& events) {
    events.text("hm", true);
    events.text("m\n", true);
    events.alive();
    events.text("Yes", false);
    events.text(".", false);
    events.send(sse_event("done", "{}"));
  }

  wire::Invocation invocation_;
  Sink sink_;
  int streams_ = 0;
  Call call_{invocation_, {}, [this](std::string_view) -> AnswerSink& { return ++streams_, sink_; }};
};

TEST_F(RestEventsTest, AreStreamedAsTheyCome) {
  RestEvents events(call_, true);
  EXPECT_FALSE(events.has_begun());
  tell(events);
  EXPECT_TRUE(events.has_begun());
  EXPECT_EQ(streams_, 1);
  const std::size_t head = sink_.text.find('\0');
  ASSERT_NE(head, std::string::npos);
  EXPECT_EQ(sink_.text.substr(head + wire::kPreludeEndBytes),
            "event: message\ndata: {\"reasoning\":\"hm\"}\n\n"
            "event: message\ndata: {\"reasoning\":\"m\\n\"}\n\n"
            ": the model is at it\n\n"
            "event: message\ndata: {\"text\":\"Yes\"}\n\n"
            "event: message\ndata: {\"text\":\".\"}\n\n"
            "event: done\ndata: {}\n\n");
  sink_.listens = false;
  EXPECT_FALSE(events.text("to nobody", false));
  EXPECT_FALSE(events.listens());
}

TEST_F(RestEventsTest, AreGatheredWhereNothingIsStreamed) {
  RestEvents events(call_, false);
  EXPECT_FALSE(events.has_begun());
  events.text("hm", true);
  EXPECT_TRUE(events.has_begun());
  tell(events);
  EXPECT_EQ(streams_, 0);
  EXPECT_EQ(events.gathered().body,
            "event: message\ndata: {\"reasoning\":\"hmhmm\\n\"}\n\n"
            "event: message\ndata: {\"text\":\"Yes.\"}\n\n"
            "event: done\ndata: {}\n\n");
}

/// What a model says in pieces of a letter would be 40 bytes a letter.
TEST_F(RestEventsTest, HaveRoomInAnAnswerHoweverSmallTheirPiecesAre) {
  RestEvents events(call_, false);
  for (int i = 0; i < 500'000; ++i) events.text("x", false);
  const std::string answer = wire::write_http_answer(events.gathered(), wire::HttpEvent{});
  EXPECT_LT(answer.size(), 600'000u);
}

}  // namespace
}  // namespace wsdeep::handlers
