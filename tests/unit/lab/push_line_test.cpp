#include "lab/push_line.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/clock.h"
#include "support/burn.h"
#include "support/server_fixture.h"

namespace wsdeep::lab {
namespace {

using namespace std::chrono_literals;

TEST(PushLine, PaysForAFrameThatWasDearWithAPause) {
  const test::TestServer server([](const auto& exchange) { exchange->respond({200, {}, "{}"}); });
  net::EventLoop loop;
  PushClient pushes(loop, {});
  std::vector<SteadyTime> made;
  PushLine line(
      loop, pushes, server.url("/push/c1"),
      [&]() -> std::optional<std::string> {
        made.push_back(std::chrono::steady_clock::now());
        if (made.size() == 3) loop.stop();
        if (made.size() == 2) test::burn(10ms);
        return "{}";
      },
      [](PushOutcome) {});
  line.poke();
  const auto give_up = loop.after(10s, [&] { loop.stop(); });
  loop.run();
  ASSERT_EQ(made.size(), 3U);
  EXPECT_GE(made[2] - made[1], 200ms) << "it took 10 ms to make";
}

}  // namespace
}  // namespace wsdeep::lab
