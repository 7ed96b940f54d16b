#include "node/journal_link.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "aws/credential_chain.h"
#include "aws/logs.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "node/cloudwatch_link.h"
#include "node/journal_shipper.h"

namespace wsdeep::node {
namespace {

constexpr std::size_t kMaxHeld = 8 << 20;
/// journald takes lines of 48 KB; as JSON, with a cursor and byte by byte, they are longer.
constexpr std::size_t kMaxLine = 1 << 20;

/// Cuts a stream of bytes into lines, and pushes what they say.
class JournalLines {
 public:
  explicit JournalLines(JournalQueue& queue) : queue_(queue) {}

  void add(std::string_view bytes) {
    for (std::size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
      keep(bytes.substr(0, end));
      take_line();
      bytes.remove_prefix(end + 1);
    }
    keep(bytes);
  }

 private:
  void keep(std::string_view bytes) {
    too_long_ = too_long_ || line_.size() + bytes.size() > kMaxLine;
    if (!too_long_) line_ += bytes;
  }
  void take_line() {
    if (!too_long_)
      if (auto entry = parse_journal_entry(line_)) queue_.push(std::move(*entry));
    line_.clear();
    too_long_ = false;
  }

  JournalQueue& queue_;
  std::string line_;
  bool too_long_ = false;
};

void read_lines(int input, JournalQueue& queue) {
  JournalLines lines(queue);
  std::array<char, 64 << 10> buffer{};
  for (;;) {
    const ssize_t got = ::read(input, buffer.data(), buffer.size());
    if (got > 0) lines.add({buffer.data(), static_cast<std::size_t>(got)});
    if (got == 0 || (got < 0 && errno != EINTR)) break;
  }
  queue.close();
}

/// A cursor that cannot be kept sends lines twice, and no more.
void save_cursor(Files& files, const std::string& path, const std::string& cursor) {
  try {
    files.write(path, cursor + "\n");
  } catch (const Error& error) {
    log_warn("cannot note how far the journal has been sent", {{"cause", error.what()}});
  }
}

}  // namespace

void ship_journal(const JournalTarget& target, int input, const Env& env, Files& files) {
  const SystemClock clock;
  net::HttpClient http;
  aws::CredentialChain credentials(env, files, clock, {}, {});
  aws::Logs logs(http, client_options("CLOUDWATCH_LOGS", "logs", env, files), credentials, clock);
  JournalQueue queue(kMaxHeld);
  JournalShipper shipper(logs, {.group = target.group, .stream = target.stream},
                         [&](const std::string& cursor) { save_cursor(files, target.cursor_file, cursor); });
  std::jthread sender([&] { shipper.run(queue); });
  read_lines(input, queue);
}

}  // namespace wsdeep::node
