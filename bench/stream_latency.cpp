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
#include "llm/node.h"
#include "net/event_loop.h"
#include "session/chat_session.h"
#include "wire/chat_frames.h"

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

/// The clients: each asks once and notes how old the oldest token of each frame is.
class Clients {
 public:
  Clients(net::EventLoop& loop, const std::string& url, const std::string& token, const std::string& ca, int count)
      : loop_(loop), left_(count) {
    for (int i = 0; i < count; ++i) {
      session::SessionOptions options;
      options.url = url;
      options.ca_file = ca;
      options.chat_id = fmt::format("latency-{}-{}", now_ns(), i);
      options.reconnect = false;
      sessions_.push_back(std::make_unique<session::ChatSession>(
          loop, options, [token] { return token; },
          session::SessionEvents{.on_open = {},
                                 .on_frame = [this](const std::string& frame) { on_frame(frame); },
                                 .on_lost = {},
                                 .on_end = [this](const session::Loss& loss) { fail(loss.cause); }}));
      wire::MessageFrame question;
      question.text = "time";
      sessions_.back()->send(wire::encode(question));
    }
  }

  int report() {
    if (!failure_.empty()) {
      std::cerr << "stream_latency: " << failure_ << "\n";
      return 1;
    }
    const double p50 = percentile(added_ms_, 0.5), p99 = percentile(added_ms_, 0.99);
    std::cout << fmt::format(R"({{"frames":{},"p50_ms":{:.3f},"p99_ms":{:.3f},"max_ms":{:.3f}}})", added_ms_.size(),
                             p50, p99, added_ms_.back())
              << "\n";
    return 0;
  }

 private:
  void on_frame(const std::string& text) {
    const std::int64_t now = now_ns();
    const wire::ServerFrame frame = wire::parse_server_frame(text);
    if (const auto* chunk = std::get_if<wire::Chunk>(&frame)) return on_chunk(*chunk, now);
    if (const auto* error = std::get_if<wire::ErrorFrame>(&frame)) return fail(error->category + ": " + error->text);
    if (std::get_if<wire::Completion>(&frame) != nullptr && --left_ == 0) loop_.stop();
  }

  void on_chunk(const wire::Chunk& chunk, std::int64_t now) {
    const std::string_view oldest = split(trim(chunk.text), ' ')[0];
    std::int64_t emitted = 0;
    const auto [end, fault] = std::from_chars(oldest.data(), oldest.data() + oldest.size(), emitted);
    if (fault == std::errc() && emitted > 0) added_ms_.push_back(static_cast<double>(now - emitted) / 1e6);
  }

  void fail(const std::string& cause) {
    failure_ = cause;
    loop_.stop();
  }

  net::EventLoop& loop_;
  int left_;
  std::vector<double> added_ms_;
  std::string failure_;
  std::vector<std::unique_ptr<session::ChatSession>> sessions_;
};

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
  Clients clients(loop, url, token, ca == "-" ? "" : ca, sessions);
  const auto limit = loop.after(std::chrono::minutes(2), [&] { loop.stop(); });
  loop.run();
  return clients.report();
}
