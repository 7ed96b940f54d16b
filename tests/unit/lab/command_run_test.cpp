#include "lab/command_run.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <thread>

#include "support/server_fixture.h"
#include "wire/json_fields.h"

namespace wsdeep::lab {
namespace {

using testing::EndsWith;
using namespace std::chrono_literals;

/// A client that takes 100 ms for each frame; and a command's pipe.
struct SlowClient {
  SlowClient() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    out = OwnedDescriptor(ends[0]);
    in = OwnedDescriptor(ends[1]);
  }

  void take(const std::shared_ptr<net::HttpExchange>& exchange) {
    std::this_thread::sleep_for(100ms);
    const wire::Json document = wire::parse_json(exchange->request().body, "frame");
    const wire::JsonFields frame(document);
    if (frame.text("type") == "output") seen += frame.text("data");
    if (frame.text("type") == "command_result") {
      result = frame.object("result").text("output");
      loop.post([this] { loop.stop(); });
    }
    exchange->respond({200, {}, "{}"});
  }

  std::string seen;
  std::string result;
  OwnedDescriptor out, in;
  net::EventLoop loop;
  test::TestServer server{[this](const auto& exchange) { take(exchange); }};
};

TEST(CommandRun, PushesAllOfItsOutputThoughItsClientIsSlowAndItsPipeStaysOpen) {
  SlowClient slow;
  PushClient pushes(slow.loop, {});
  CommandTimes times;
  times.answer_within = 10ms;
  times.quiet = 10ms;
  times.last = 0ms;
  std::string answer;
  CommandRun run(slow.loop, pushes, "s1", "1", slow.server.url("/push/c1"), std::move(slow.out), times,
                 {[&](const std::string& frame) { answer = frame; }, [] {}, [] {}});
  std::string written;
  for (int line = 0; line < 40'000; ++line) written += std::to_string(line) + "\n";
  // It ends when it has written all, of which the last is in the pipe; what it has left behind keeps that open.
  std::thread command([&] {
    for (std::string_view left = written; !left.empty();) {
      const ssize_t done = ::write(slow.in.get(), left.data(), left.size());
      if (done > 0) left.remove_prefix(static_cast<std::size_t>(done));
    }
    slow.loop.post([&] { run.ended(0); });
  });
  const auto give_up = slow.loop.after(20s, [&] { slow.loop.stop(); });
  slow.loop.run();
  command.join();
  EXPECT_THAT(answer, testing::HasSubstr("command_running"));
  EXPECT_EQ(slow.seen.size(), written.size());
  EXPECT_TRUE(slow.seen == written);
  EXPECT_THAT(slow.result, EndsWith("39998\n39999\n"));
}

TEST(CommandRun, TellsWhatItWroteWhenItsSessionEnds) {
  net::EventLoop loop;
  PushClient pushes(loop, {});
  SlowClient slow;
  std::string answer;
  bool over = false;
  CommandRun run(loop, pushes, "s1", "1", {}, std::move(slow.out), {},
                 {[&](const std::string& frame) { answer = frame; }, [] {}, [&] { over = true; }});
  ASSERT_EQ(::write(slow.in.get(), "last words", 10), 10);
  run.abandon("the session has ended: idle");
  EXPECT_EQ(answer,
            R"({"type":"error","code":"session_ended","error":"the session has ended: idle","output":"last words"})");
  EXPECT_TRUE(over);
}

TEST(CommandRun, WaitsForNothingMoreWhenItsSessionHasEnded) {
  for (const auto pushes_by_then : {false, true}) {
    SlowClient slow;
    PushClient pushes(slow.loop, {});
    CommandTimes times;
    times.quiet = pushes_by_then ? 1ms : 50ms;
    times.limit = 60ms;
    int answers = 0;
    int kills = 0;
    int overs = 0;
    CommandRun run(slow.loop, pushes, "s1", "1", slow.server.url("/push/c1"), std::move(slow.out), times,
                   {[&](const std::string&) { ++answers; }, [&] { ++kills; }, [&] { ++overs; }});
    const auto end = slow.loop.after(20ms, [&] {
      run.ended(0);  // its pipe is still open, and is looked at again in 200 ms
      run.abandon("the session has ended: idle");
    });
    const auto enough = slow.loop.after(300ms, [&] { slow.loop.stop(); });
    slow.loop.run();
    EXPECT_EQ(answers, 1);
    EXPECT_EQ(kills, 0) << "of what is over";
    EXPECT_EQ(overs, 1);
  }
}

}  // namespace
}  // namespace wsdeep::lab
