// What becomes of many clients when their gateway is restarted: how fast do they come back, and does every chat go on?
//
// Each client is a turn machine, all on one thread. It asks once, is left without its gateway, comes back by itself,
// and asks again: the answer must show that the chat remembers the first question.
//
//   gateway_restart: reads "URL TOKEN CA_FILE|- CLIENTS" from stdin, prints `asked` when every first question was
//   answered (now restart the gateway), and in the end what was seen as JSON (bench/gateway_restart.py does that)
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/event_loop.h"
#include "session/loop_link.h"
#include "session/turn_machine.h"

namespace {

using namespace wsdeep;
using std::chrono::steady_clock;

/// Times of an event that happens on several threads.
class Times {
 public:
  void note() {
    const std::lock_guard lock(mutex_);
    times_.push_back(steady_clock::now());
  }
  /// The most within any second after `start`.
  std::size_t most_in_a_second(steady_clock::time_point start) {
    const std::lock_guard lock(mutex_);
    std::sort(times_.begin(), times_.end());
    std::deque<steady_clock::time_point> second;
    std::size_t most = 0;
    for (const auto time : times_) {
      if (time < start) continue;
      second.push_back(time);
      while (second.front() <= time - std::chrono::seconds(1)) second.pop_front();
      most = std::max(most, second.size());
    }
    return most;
  }
  std::size_t count_since(steady_clock::time_point start) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(times_.begin(), times_.end(), [&](auto time) { return time >= start; }));
  }

 private:
  std::mutex mutex_;
  std::vector<steady_clock::time_point> times_;
};

struct Findings {
  Times attempts;
  steady_clock::time_point first_lost;
  steady_clock::time_point last_back;
  int asked = 0, lost = 0, back = 0, remembered = 0, forgot = 0, failed = 0, ended = 0;
  std::string failure;
};

class Client final : public session::QuietView {
 public:
  Client(net::EventLoop& loop, const session::Endpoint& endpoint, const std::string& token, int number,
         Findings& findings, std::function<void()> changed)
      : number_(number),
        findings_(findings),
        changed_(std::move(changed)),
        link_(loop, endpoint,
              [token, &findings](const std::stop_token&) {
                findings.attempts.note();
                return token;
              }),
        machine_(link_, clock_, options(), *this) {
    machine_.ask(fmt::format("My number is {}.", number), {});
    machine_.start();
  }

  void on_text(const LlmChunk& piece) override { text_ += piece.text; }
  void on_restarted() override { text_.clear(); }
  void on_completed(const wire::Completion&, const session::TurnStats&) override {
    const bool remembers = text_.find(fmt::format("My number is {}.", number_)) != std::string::npos;
    text_.clear();
    if (!lost_) ++findings_.asked;
    if (lost_) ++(remembers ? findings_.remembered : findings_.forgot);
    changed_();
  }
  void on_failed(const wire::ErrorFrame& failure) override {
    ++findings_.failed;
    findings_.failure = failure.category + ": " + failure.text;
    changed_();
  }
  void on_lost(const session::Loss& loss, std::chrono::milliseconds) override {
    if (loss.close_code == 0 || std::exchange(lost_, true)) return;
    if (findings_.lost++ == 0) findings_.first_lost = steady_clock::now();
  }
  void on_open(bool again) override {
    if (!again || std::exchange(back_, true)) return;
    ++findings_.back;
    findings_.last_back = steady_clock::now();
    machine_.ask("And what did I say?", {});
  }
  void on_end(const session::Loss& loss) override {
    ++findings_.ended;
    findings_.failure = loss.cause;
    changed_();
  }

 private:
  static session::TurnOptions options() {
    session::TurnOptions options;
    options.answer_timeout = std::chrono::minutes(4);
    return options;
  }

  const int number_;
  Findings& findings_;
  const std::function<void()> changed_;
  SystemClock clock_;
  std::string text_;
  bool lost_ = false;
  bool back_ = false;
  session::LoopLink link_;
  session::TurnMachine machine_;
};

void allow_many_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Kilobytes of memory that this process uses now.
long resident_kb() {
  std::ifstream status("/proc/self/status");
  std::string word;
  long kilobytes = 0;
  while (status >> word)
    if (word == "VmRSS:") status >> kilobytes;
  return kilobytes;
}

int report(Findings& findings, int count, long kilobytes) {
  const double seconds = std::chrono::duration<double>(findings.last_back - findings.first_lost).count();
  std::cout << fmt::format(R"({{"clients":{},"lost":{},"back":{},"remembered":{},"forgot":{},"failed":{},"ended":{},)"
                           R"("attempts":{},"most_attempts_in_a_second":{},"seconds":{:.1f},"kilobytes_each":{:.1f},)"
                           R"("failure":"{}"}})",
                           count, findings.lost, findings.back, findings.remembered, findings.forgot, findings.failed,
                           findings.ended, findings.attempts.count_since(findings.first_lost),
                           findings.attempts.most_in_a_second(findings.first_lost), seconds,
                           static_cast<double>(kilobytes) / count, findings.failure)
            << "\n";
  return findings.remembered == count ? 0 : 1;
}

}  // namespace

int main() {
  std::string url, token, ca;
  int count = 0;
  if (!(std::cin >> url >> token >> ca >> count) || count < 1) {
    std::cerr << "gateway_restart: expected on stdin: URL TOKEN CA_FILE|- CLIENTS\n";
    return 2;
  }
  allow_many_files();
  session::Endpoint endpoint;
  endpoint.url = url;
  endpoint.ca_file = ca == "-" ? "" : ca;
  const long before = resident_kb();
  long used = 0;
  Findings findings;
  net::EventLoop loop;
  const auto changed = [&] {
    if (findings.asked == count && std::exchange(used, resident_kb() - before) == 0) std::cout << "asked" << std::endl;
    if (findings.remembered + findings.forgot + findings.failed + findings.ended >= count) loop.stop();
  };
  std::vector<std::unique_ptr<Client>> clients;
  for (int number = 0; number < count; ++number)
    clients.push_back(std::make_unique<Client>(loop, endpoint, token, number, findings, changed));
  const auto limit = loop.after(std::chrono::minutes(5), [&] { loop.stop(); });
  loop.run();
  return report(findings, count, used);
}
