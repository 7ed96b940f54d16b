#include "lab/terminal_io.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "lab/thread_time.h"

namespace wsdeep::lab {
namespace {

constexpr std::size_t kAtATime = 16 * 1024;
constexpr std::size_t kLeastAtATime = 16;  // a sequence of six characters may write the whole screen anew
constexpr std::size_t kBulk = 2 * 1024;
constexpr std::chrono::milliseconds kLong{4};  // for one piece of output
constexpr int kRestFor = 20;                   // times as long as it took
constexpr std::chrono::milliseconds kTypeAgain{10};
constexpr std::size_t kDrainedAtATime = 256;
constexpr std::chrono::milliseconds kDrainTime{50};

}  // namespace

TerminalIo::TerminalIo(net::EventLoop& loop, OwnedDescriptor master, std::function<void(std::string_view)> output,
                       std::function<void()> ended)
    : loop_(loop),
      master_(std::move(master)),
      output_(std::move(output)),
      ended_(std::move(ended)),
      at_a_time_(kAtATime),
      reading_(loop, [this] { read(); }) {
  reading_.start(master_.get());
}

bool TerminalIo::read() {
  std::array<char, kAtATime> bytes;
  const ssize_t got = ::read(master_.get(), bytes.data(), at_a_time_);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got <= 0) {  // EIO: nobody has the other side open
    reading_.stop();
    const auto told = std::exchange(ended_, nullptr);
    if (told) told();
    return false;
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto size = static_cast<std::size_t>(got);
  output_({bytes.data(), size});
  rest(size, std::chrono::steady_clock::now() - begin);
  return true;
}

/// What came in bulk, or took long, is paid for with a pause before the next.
void TerminalIo::rest(std::size_t size, std::chrono::nanoseconds taken) {
  if (taken > kLong) at_a_time_ = std::max(kLeastAtATime, at_a_time_ / 2);
  if (taken < kLong / 4) at_a_time_ = std::min(kAtATime, at_a_time_ * 2);
  if (size <= kBulk && taken < kLong / 4) return;
  const std::chrono::nanoseconds by_size(1'000'000'000ULL * size / kMostPerSecond);
  reading_.start_after(std::max(by_size, taken * kRestFor), master_.get());
}

bool TerminalIo::drain() {
  const auto end = thread_time() + kDrainTime;
  bool is_more = true;
  while (is_more && thread_time() < end) {
    at_a_time_ = kDrainedAtATime;  // however long the piece before took: it is the last time
    is_more = read();
  }
  reading_.stop();
  return !is_more;
}

void TerminalIo::type(std::string_view text) {
  typed_ += text;
  if (!retry_) write();
}

/// A terminal whose program does not read takes 4 KiB.
void TerminalIo::write() {
  retry_ = {};
  while (!typed_.empty()) {
    const ssize_t done = ::write(master_.get(), typed_.data(), typed_.size());
    if (done > 0) {
      typed_.erase(0, static_cast<std::size_t>(done));
      continue;
    }
    if (done < 0 && errno == EINTR) continue;
    if (done < 0 && errno != EAGAIN) return typed_.clear();  // its end is told by reading
    retry_ = loop_.after(kTypeAgain, [this] { write(); });
    return;
  }
}

void TerminalIo::resize(int cols, int rows) {
  const winsize wanted{static_cast<unsigned short>(rows), static_cast<unsigned short>(cols), 0, 0};
  ::ioctl(master_.get(), TIOCSWINSZ, &wanted);
}

}  // namespace wsdeep::lab
