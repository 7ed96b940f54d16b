// How much later than the LLM node sent it does a client see a piece of text?
//
// This program is both ends: an LLM node whose tokens are the time at which they were emitted (nanoseconds of the
// monotonic clock, which all processes of a machine share), and the clients of a local system that runs with
// `--llm` pointing here. In between lie gRPC, `generate`, @connections and the WebSocket, as deployed.
//
//   stream_latency: prints its grpc:// URL, then reads "URL TOKEN CA_FILE|- SESSIONS" from stdin (bench/run does that)
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "llm/node/node.h"
#include "net/event_loop.h"
#include "session/loop_link.h"
#include "session/turn_machine.h"

namespace {

using namespace wsdeep;
using std::chrono::steady_clock;

constexpr int kTokens = 200;
constexpr std::chrono::milliseconds kInterval{50};

std::int64_t now_ns() {
  return steady_clock::now().time_since_epoch().count();
}

/// Emits the time, every 50 ms, to each of its generations.
class TimeEngine final : public llm::Engine {
 public:
  TimeEngine() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

  std::string name() const override { return "time"; }
  std::vector<std::string> models() const override { return {"time"}; }
  llm::EngineStatus status() const override { return {}; }

  std::unique_ptr<llm::Generation> start(const LlmRequest&, llm::EngineEvents events) override {
    const std::lock_guard lock(mutex_);
    // Spread over the interval, as real generations are.
    const auto first = steady_clock::now() + kInterval * static_cast<int>(next_ % 100) / 100;
    const std::size_t id = next_++;
    streams_[id] = {std::move(events), first, 0};
    return std::make_unique<Handle>(*this, id);
  }

 private:
  struct Stream {
    llm::EngineEvents events;
    steady_clock::time_point due;
    int sent = 0;
  };
  struct Handle final : llm::Generation {
    Handle(TimeEngine& owner, std::size_t stream) : engine(owner), id(stream) {}
    ~Handle() override { cancel(); }
    void cancel() override {
      const std::lock_guard lock(engine.mutex_);
      engine.streams_.erase(id);
    }
    void hold(bool) override {}  // time does not wait
    TimeEngine& engine;
    std::size_t id;
  };

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      auto next = steady_clock::now() + std::chrono::milliseconds(1);
      {
        const std::lock_guard lock(mutex_);
        for (auto at = streams_.begin(); at != streams_.end();) at = step(at, next);
      }
      std::this_thread::sleep_until(next);
    }
  }

  std::map<std::size_t, Stream>::iterator step(std::map<std::size_t, Stream>::iterator at,
                                               steady_clock::time_point& next) {
    Stream& stream = at->second;
    if (stream.due > steady_clock::now()) {
      next = std::min(next, stream.due);
      return std::next(at);
    }
    stream.due += kInterval;
    stream.events.on_chunk({fmt::format(" {}", now_ns()), false});
    if (++stream.sent < kTokens) return std::next(at);
    llm::LlmOutcome outcome;
    outcome.ok = true;
    outcome.result.finish_reason = "stop";
    stream.events.on_end(outcome, {});
    return streams_.erase(at);
  }

  std::mutex mutex_;
  std::map<std::size_t, Stream> streams_;
  std::size_t next_ = 0;
  std::jthread thread_;
};

double percentile(std::vector<double>& values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

/// What all clients found: how old the oldest token of each frame was.
struct Findings {
  std::vector<double> added_ms;
  std::string failure;
  int left = 0;
};

/// One chat that asks once.
class Client final : public session::QuietView {
 public:
  Client(net::EventLoop& loop, const session::Endpoint& endpoint, const std::string& token, Findings& findings)
      : loop_(loop),
        findings_(findings),
        link_(loop, endpoint, [token](const std::stop_token&) { return token; }),
        machine_(link_, clock_, {.connection = {.reconnect = false}}, *this) {
    machine_.ask("time", {});
    machine_.start();
  }

  void on_text(const LlmChunk& piece) override {
    const std::int64_t now = now_ns();
    const std::string_view oldest = split(trim(piece.text), ' ')[0];
    std::int64_t emitted = 0;
    const auto [end, fault] = std::from_chars(oldest.data(), oldest.data() + oldest.size(), emitted);
    if (fault == std::errc() && emitted > 0) findings_.added_ms.push_back(static_cast<double>(now - emitted) / 1e6);
  }
  void on_completed(const wire::Completion&, const session::TurnStats&) override {
    if (--findings_.left == 0) loop_.stop();
  }
  void on_failed(const wire::ErrorFrame& failure) override { fail(failure.category + ": " + failure.text); }
  void on_end(const session::Loss& loss) override { fail(loss.cause); }

 private:
  void fail(const std::string& cause) {
    findings_.failure = cause;
    loop_.stop();
  }

  net::EventLoop& loop_;
  Findings& findings_;
  SystemClock clock_;
  session::LoopLink link_;
  session::TurnMachine machine_;
};

int report(Findings& findings) {
  if (!findings.failure.empty()) {
    std::cerr << "stream_latency: " << findings.failure << "\n";
    return 1;
  }
  std::vector<double>& added_ms = findings.added_ms;
  const double p50 = percentile(added_ms, 0.5), p99 = percentile(added_ms, 0.99);
  std::cout << fmt::format(R"({{"frames":{},"p50_ms":{:.3f},"p99_ms":{:.3f},"max_ms":{:.3f}}})", added_ms.size(), p50,
                           p99, added_ms.back())
            << "\n";
  return 0;
}

}  // namespace

int main() {
  llm::Node node({}, std::make_unique<TimeEngine>());
  std::cout << fmt::format("grpc://127.0.0.1:{}", node.port()) << std::endl;
  std::string url, token, ca;
  int sessions = 0;
  if (!(std::cin >> url >> token >> ca >> sessions) || sessions < 1) {
    std::cerr << "stream_latency: expected on stdin: URL TOKEN CA_FILE|- SESSIONS\n";
    return 2;
  }
  net::EventLoop loop;
  session::Endpoint endpoint;
  endpoint.url = url;
  endpoint.ca_file = ca == "-" ? "" : ca;
  Findings findings;
  findings.left = sessions;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < sessions; ++i) clients.push_back(std::make_unique<Client>(loop, endpoint, token, findings));
  const auto limit = loop.after(std::chrono::minutes(2), [&] { loop.stop(); });
  loop.run();
  return report(findings);
}
