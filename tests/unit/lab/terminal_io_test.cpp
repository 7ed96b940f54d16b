#include "lab/terminal_io.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <vector>

#include "support/burn.h"
#include "support/few_descriptors.h"

namespace wsdeep::lab {
namespace {

using namespace std::chrono_literals;

/// A terminal without a line discipline of its own, and the side that programs have.
struct Pty {
  OwnedDescriptor master;
  OwnedDescriptor slave;
};

Pty open_raw_pty() {
  int ends[2] = {-1, -1};
  termios raw{};
  ::cfmakeraw(&raw);
  if (::openpty(&ends[0], &ends[1], nullptr, &raw, nullptr) != 0) throw std::runtime_error("no terminal");
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1])};
}

void write_all(int fd, const std::string& text) {
  ASSERT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

TEST(TerminalIo, GoesOnWhenTheSystemHadNoDescriptorForAWhile) {
  net::EventLoop loop;
  Pty pty = open_raw_pty();
  std::string got;
  std::optional<test::FewDescriptors> none;
  TerminalIo terminal(
      loop, std::move(pty.master),
      [&](std::string_view bytes) {
        std::this_thread::sleep_for(2ms);  // is paid for with a pause, after which it waits for more
        got += bytes;
        if (got == "one") loop.post([&] { none.emplace(); });
        if (got == "onetwo") loop.stop();
      },
      [] {});
  const auto more = loop.after(100ms, [&] { write_all(pty.slave.get(), "two"); });
  const auto over = loop.after(300ms, [&] { none.reset(); });
  const auto give_up = loop.after(10s, [&] { loop.stop(); });
  write_all(pty.slave.get(), "one");
  EXPECT_NO_THROW(loop.run());
  EXPECT_EQ(got, "onetwo");
}

/// What its output tells is slow to understand; it writes on.
struct SlowTerminal {
  explicit SlowTerminal(std::size_t slow_pieces)
      : terminal(
            loop, std::move(pty.master), [this, slow_pieces](std::string_view bytes) { take(bytes, slow_pieces); },
            [] {}) {}

  void take(std::string_view bytes, std::size_t slow_pieces) {
    got += bytes;
    pieces.push_back(bytes.size());
    if (pieces.size() > slow_pieces) return;
    std::this_thread::sleep_for(5ms);
    write_all(pty.slave.get(), std::string(600, 'x'));
    if (pieces.size() == slow_pieces) loop.stop();
  }

  net::EventLoop loop;
  Pty pty = open_raw_pty();
  std::string got;
  std::vector<std::size_t> pieces;
  TerminalIo terminal;
};

TEST(TerminalIo, ReadsLittleAtATimeOfWhatTakesLong) {
  SlowTerminal slow(14);
  write_all(slow.pty.slave.get(), "begin");
  slow.loop.run();
  EXPECT_EQ(slow.pieces.back(), 16U);
}

TEST(TerminalIo, ReadsAllThatIsLeftAtTheEnd) {
  SlowTerminal slow(14);
  write_all(slow.pty.slave.get(), "begin");
  slow.loop.run();
  write_all(slow.pty.slave.get(), "last words");
  slow.pty.slave.close();
  slow.terminal.drain();
  EXPECT_TRUE(slow.got.ends_with("last words")) << slow.got.size();
}

TEST(TerminalIo, TakesLittleTimeForWhatIsLeftAtTheEnd) {
  net::EventLoop loop;
  Pty pty = open_raw_pty();
  std::vector<std::size_t> pieces;
  TerminalIo terminal(
      loop, std::move(pty.master),
      [&](std::string_view bytes) {
        pieces.push_back(bytes.size());
        test::burn(bytes.size() * 50us);
      },
      [] {});
  ::fcntl(pty.slave.get(), F_SETFL, O_NONBLOCK);
  const std::string dear(1000, 'x');
  for (int left = 8; left > 0; --left) write_all(pty.slave.get(), dear);
  terminal.drain();
  ASSERT_FALSE(pieces.empty());
  EXPECT_LE(*std::max_element(pieces.begin(), pieces.end()), 256U);
  EXPECT_LE(pieces.size(), 5U) << "of 13 ms each";
}

}  // namespace
}  // namespace wsdeep::lab
