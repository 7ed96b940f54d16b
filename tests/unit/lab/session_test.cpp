#include "lab/session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "lab/packets.h"
#include "support/server_fixture.h"
#include "wire/json_fields.h"

namespace wsdeep::lab {
namespace {

using namespace std::chrono_literals;

/// A session whose jail is this test, which has its terminal's other side.
struct Jailed {
  Jailed(int cols, int rows) {
    SessionRecord record;
    record.id = "s1";
    record.cols = cols;
    record.rows = rows;
    session = std::make_shared<Session>(loop, pushes, times, record, Session::Ports{[](const std::string&) {}, [] {}});
    session->begin(std::move(control.first));
    int ends[2] = {-1, -1};
    termios raw{};
    ::cfmakeraw(&raw);
    if (::openpty(&ends[0], &ends[1], nullptr, &raw, nullptr) != 0) throw std::runtime_error("no terminal");
    const OwnedDescriptor master(ends[0]);
    terminal = OwnedDescriptor(ends[1]);
    ::fcntl(master.get(), F_SETFL, O_NONBLOCK);
    send_packet(control.second.get(), "ready", {master.get()});
  }

  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t done = ::write(terminal.get(), text.data(), text.size());
      if (done > 0) text.remove_prefix(static_cast<std::size_t>(done));
    }
  }
  std::string attach(const std::string& push_url = {}) const {
    const SessionRecord record = session->record();
    return session->attach(record.cols, record.rows, "me", {"c1", push_url});
  }
  /// Until `is_done` says so, which is asked again and again.
  void run_until(const std::function<bool()>& is_done) {
    const auto look = loop.every(5ms, [&] {
      if (is_done()) loop.stop();
    });
    const auto give_up = loop.after(20s, [this] { loop.stop(); });
    loop.run();
  }

  net::EventLoop loop;
  PushClient pushes{loop, {}};
  SessionTimes times;
  PacketPair control = make_packet_pair();
  OwnedDescriptor terminal;
  std::shared_ptr<Session> session;
};

TEST(Session, LosesNoCharacterOfWhichHalfCameBeforeAClientWasThere) {
  Jailed jailed(80, 24);
  std::string seen;
  const test::TestServer server([&](const auto& exchange) {
    const wire::Json document = wire::parse_json(exchange->request().body, "frame");
    jailed.loop.post([&seen, data = wire::JsonFields(document).text("data")] { seen += data; });
    exchange->respond({200, {}, "{}"});
  });
  jailed.write("begin\xC3");
  jailed.run_until([&] { return jailed.attach(server.url("/push/c1")).find("begin") != std::string::npos; });
  jailed.write("\xA9 end");
  jailed.run_until([&] { return seen.find("end") != std::string::npos; });
  EXPECT_EQ(seen, "é end");
}

TEST(Session, IsNotPaintedAgainAndAgainWhenThatIsDear) {
  Jailed jailed(500, 200);
  std::string cells;
  for (int cell = 0; cell < 500 * 200 / 2; ++cell) cells += "\x1b[1mx\x1b[my";
  std::atomic<bool> is_written = false;
  std::thread program([&] {
    jailed.write(cells);
    is_written = true;
  });
  jailed.run_until([&] { return is_written.load(); });
  program.join();
  EXPECT_TRUE(jailed.attach().starts_with(R"({"type":"screen")"));
  const auto painted = std::chrono::steady_clock::now();
  EXPECT_TRUE(jailed.attach().starts_with(R"({"type":"error","code":"busy")"));
  jailed.run_until([&] { return jailed.attach().starts_with(R"({"type":"screen")"); });
  EXPECT_GE(std::chrono::steady_clock::now() - painted, 80ms) << "20 times what it took, which is over 4 ms";
  EXPECT_LT(std::chrono::steady_clock::now() - painted, 15s);
}

}  // namespace
}  // namespace wsdeep::lab
