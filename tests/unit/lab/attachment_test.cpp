#include "lab/attachment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsdeep::lab {
namespace {

using testing::HasSubstr;

/// At a terminal that takes what a test lets it take; nothing can be pushed.
struct AtTheTerminal {
  Attachment attach(InputOrder input = {}, std::uint64_t first_output = 0) {
    return Attachment(
        loop, pushes, "s1", "c1", {}, screen, std::move(input), first_output,
        {[this] { return takes_more; }, [this](std::string_view text) { typed += text; }, [](PushOutcome) {}});
  }

  net::EventLoop loop;
  PushClient pushes{loop, {}};
  Screen screen{80, 24};
  bool takes_more = true;
  std::string typed;
};

TEST(Attachment, AcknowledgesOnlyWhatWillBeTyped) {
  AtTheTerminal at;
  Attachment client = at.attach();
  EXPECT_THAT(client.input(0, "a"), HasSubstr("input_ack"));
  at.takes_more = false;
  EXPECT_THAT(client.input(1, "b"), HasSubstr("input_full"));
  EXPECT_THAT(client.input(2, "c"), HasSubstr("input_full"));
  EXPECT_THAT(client.input(0, "a"), HasSubstr("input_ack")) << "it had been typed";
  at.takes_more = true;
  EXPECT_THAT(client.input(2, "c"), HasSubstr("input_ack"));
  EXPECT_THAT(client.input(1, "b"), HasSubstr("input_ack"));
  EXPECT_EQ(at.typed, "abc");
}

TEST(Attachment, TellsTheSizeThatTheScreenHas) {
  AtTheTerminal at;
  Attachment client = at.attach({}, 7);
  EXPECT_THAT(client.first_screen(), HasSubstr(R"("cols":80,"rows":24,"seq":7,"input":0)"));
  at.screen.resize(100, 30);
  EXPECT_THAT(client.first_screen(), HasSubstr(R"("cols":100,"rows":30)"));
}

}  // namespace
}  // namespace wsdeep::lab
