// What the sessions of `loadtest chat` cost: the parts that bench/load_chat.py and bench/load_sessions.py put together,
// each a process of its own.
//
//   load_chat serve PIECES PAUSE_US [CERTIFICATE KEY]  a stage that answers each question in so many pieces, all at
//   once
//                                             (0) or with that pause between them; prints its URL
//   load_chat drive URL CA|- SESSIONS SECONDS the driver of the load test, each session asking again at once
//   load_chat bare URL SESSIONS SECONDS       a bare Beast loop that does the same, and looks at no frame but for its
//   end load_chat hold URL CA|- SESSIONS          opens so many, asks once on each, and says what memory they take
#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <charconv>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.h"
#include "load/drive/chat_driver.h"
#include "net/event_loop.h"
#include "net/http_exchange.h"
#include "net/server.h"
#include "wire/chat_frames.h"

namespace {

using namespace wsdeep;
using std::chrono::steady_clock;
namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;

constexpr std::string_view kWords = " seven words that a model might say";
constexpr std::string_view kEnd = "LLM response complete";
const std::string kQuestion = "What is the capital of France, and why is it not Lyon?";

/// CPU time of this process, user and kernel, in seconds.
double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * 4096;
}

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// ---- the stage -----------------------------------------------------------------------------------------------------

/// One answer on its way.
class Answer : public std::enable_shared_from_this<Answer> {
 public:
  Answer(net::EventLoop& loop, std::shared_ptr<net::WebSocket> socket, std::string id, int pieces)
      : loop_(loop), socket_(std::move(socket)), id_(std::move(id)), pieces_(pieces) {}

  void begin(std::chrono::microseconds pause) {
    socket_->send_text(wire::encode(wire::Accepted{id_, "chat", 1'700'000'000'000, {}}));
    if (pause.count() == 0) {
      while (sent_ < pieces_) send_piece();
      return end();
    }
    timer_ = loop_.every(pause, [self = shared_from_this()] {
      self->send_piece();
      if (self->sent_ < self->pieces_) return;
      self->end();
      self->loop_.post([self] { self->timer_ = {}; });
    });
  }

 private:
  void send_piece() {
    wire::Chunk chunk;
    chunk.text = kWords;
    chunk.message_id = id_;
    chunk.seq = sent_++;
    chunk.is_complete = sent_ == pieces_;
    chunk.timestamp_ms = 1'700'000'000'000 + sent_;
    chunk.reasoning = "";
    chunk.tokens = 7;
    socket_->send_text(wire::encode(chunk));
  }
  void end() {
    wire::Completion completion;
    completion.text = kWords;
    completion.message_id = id_;
    completion.usage = Usage{12, 7 * pieces_};
    socket_->send_text(wire::encode(completion));
  }

  net::EventLoop& loop_;
  std::shared_ptr<net::WebSocket> socket_;
  std::string id_;
  int pieces_;
  int sent_ = 0;
  net::EventLoop::Subscription timer_;
};

int serve(int pieces, std::chrono::microseconds pause, const std::optional<net::TlsFiles>& tls) {
  net::EventLoop loop;
  net::ServerOptions options;
  options.tls = tls;
  const net::Server server(loop, options, [&loop, pieces, pause](const std::shared_ptr<net::HttpExchange>& exchange) {
    exchange->accept({}, {}, [&loop, pieces, pause](const std::shared_ptr<net::WebSocket>& socket) {
      net::WebSocketEvents events;
      events.on_message = [&loop, socket, pieces, pause](const std::string& message, bool) {
        const wire::ClientFrame frame = wire::parse_client_frame(message);
        if (const auto* const asked = std::get_if<wire::MessageFrame>(&frame))
          std::make_shared<Answer>(loop, socket, asked->message_id.value_or("bare"), pieces)->begin(pause);
      };
      return events;
    });
  });
  std::cout << fmt::format("{}://127.0.0.1:{}/prod", tls ? "wss" : "ws", server.port()) << std::endl;
  loop.run();
  return 0;
}

// ---- the driver ----------------------------------------------------------------------------------------------------

class SameQuestion final : public load::PromptSource {
 public:
  load::Prompt prompt(const load::Arrival&, std::uint64_t, int) const override { return {{}, kQuestion, {}}; }
  int turns(std::uint64_t) const override { return 1'000'000'000; }
};

class NoUsers final : public load::SessionUsers {
 public:
  SignedIn sign_in(std::uint64_t) override { return {"token"}; }
};

/// Asks again as soon as it is answered, and counts.
class Asker final : public load::RecordSink {
 public:
  void on_turn(load::TurnRecord record) override {
    messages += record.messages_received;
    if (record.how == load::TurnEnd::kCompleted) ++answered;
    if (goes_on) ask();
  }
  void on_connection(const load::ConnectionRecord&) override {}
  void ask() {
    load::Arrival arrival;
    arrival.index = next++;
    arrival.intended = clock.now();
    driver->begin(arrival);
  }

  load::RunClock clock;
  load::ChatDriver* driver = nullptr;
  std::atomic<bool> goes_on = true;
  std::atomic<std::uint64_t> next = 0, messages = 0, answered = 0;
};

load::ChatOptions driver_options(const std::string& url, const std::string& ca, int sessions) {
  load::ChatOptions options;
  options.endpoint.url = url;
  options.endpoint.ca_file = ca == "-" ? "" : ca;
  options.endpoint.open_timeout = std::chrono::minutes(1);
  options.sessions = static_cast<std::size_t>(sessions);
  options.max_sessions = options.sessions;
  options.open_rate = 300;  // what a stage on the same two cores can shake hands with, TLS and all
  return options;
}

void print_rate(std::uint64_t messages, double cpu) {
  std::cout << fmt::format(R"({{"messages":{},"cpu_s":{:.3f},"messages_per_cpu_s":{:.0f}}})", messages, cpu,
                           static_cast<double>(messages) / cpu)
            << std::endl;
}

int drive(const std::string& url, const std::string& ca, int sessions, int seconds) {
  SameQuestion question;
  NoUsers users;
  Asker asker;
  load::ChatDriver driver(driver_options(url, ca, sessions), asker.clock, question, users, asker);
  asker.driver = &driver;
  driver.prepare({});
  const double cpu = cpu_seconds();
  for (int i = 0; i < sessions; ++i) asker.ask();
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  asker.goes_on = false;
  driver.finish(std::chrono::seconds(10), {});
  print_rate(asker.messages, cpu_seconds() - cpu);
  return asker.answered > 0 ? 0 : 1;
}

int hold(const std::string& url, const std::string& ca, int sessions) {
  SameQuestion question;
  NoUsers users;
  Asker asker;
  asker.goes_on = false;
  load::ChatDriver driver(driver_options(url, ca, sessions), asker.clock, question, users, asker);
  asker.driver = &driver;
  const std::size_t before = resident_bytes();
  driver.prepare({});
  const std::size_t opened = resident_bytes();
  for (int i = 0; i < sessions; ++i) asker.ask();
  while (driver.in_flight() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const std::size_t used = resident_bytes();
  const std::uint64_t open = driver.counts().opened;
  const auto each = [&](std::size_t bytes) {
    return static_cast<double>(bytes - before) / 1024 / static_cast<double>(open);
  };
  std::cout << fmt::format(R"({{"sessions":{},"answered":{},"opened_kb":{:.1f},"used_kb":{:.1f}}})", open,
                           asker.answered.load(), each(opened), each(used))
            << std::endl;
  driver.finish(std::chrono::seconds(1), {});
  return 0;
}

// ---- the bare loop -------------------------------------------------------------------------------------------------

struct Bare {
  asio::io_context context{1};
  std::uint64_t messages = 0;
  bool goes_on = true;
};

class BareSession : public std::enable_shared_from_this<BareSession> {
 public:
  BareSession(Bare& bare, const Url& url) : bare_(bare), socket_(bare.context) {
    socket_.next_layer().connect({asio::ip::make_address(url.host), url.port});
    socket_.next_layer().set_option(asio::ip::tcp::no_delay(true));
    socket_.handshake(url.authority(), url.target);
    question_ = wire::encode([] {
      wire::MessageFrame frame;
      frame.text = kQuestion;
      return frame;
    }());
  }
  void ask() {
    socket_.async_write(asio::buffer(question_), [self = shared_from_this()](auto failed, std::size_t) {
      if (!failed) self->read();
    });
  }

 private:
  void read() {
    socket_.async_read(buffer_, [self = shared_from_this()](auto failed, std::size_t bytes) {
      if (failed) return;
      ++self->bare_.messages;
      const std::string_view message(static_cast<const char*>(self->buffer_.data().data()), bytes);
      const bool ended = message.find(kEnd) != std::string_view::npos;
      self->buffer_.clear();
      if (!ended) return self->read();
      if (self->bare_.goes_on) self->ask();
    });
  }

  Bare& bare_;
  websocket::stream<asio::ip::tcp::socket> socket_;
  boost::beast::flat_buffer buffer_;
  std::string question_;
};

int bare_loop(const std::string& url, int sessions, int seconds) {
  Bare bare;
  const Url stage = parse_url(url);
  std::vector<std::shared_ptr<BareSession>> all;
  for (int i = 0; i < sessions; ++i) all.push_back(std::make_shared<BareSession>(bare, stage));
  const double cpu = cpu_seconds();
  for (const auto& session : all) session->ask();
  asio::steady_timer end(bare.context, std::chrono::seconds(seconds));
  end.async_wait([&](auto) { bare.goes_on = false; });
  bare.context.run();
  print_rate(bare.messages, cpu_seconds() - cpu);
  return 0;
}

// ---- which of them -------------------------------------------------------------------------------------------------

int number(const std::string& word) {
  int value = 0;
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

int run(const std::vector<std::string>& words) {
  const std::string mode = words.empty() ? "" : words[0];
  const bool serves = mode == "serve" && (words.size() == 3 || words.size() == 5);
  if (serves)
    return serve(number(words[1]), std::chrono::microseconds(number(words[2])),
                 words.size() == 5 ? std::optional(net::TlsFiles{words[3], words[4]}) : std::nullopt);
  if (mode == "drive" && words.size() == 5) return drive(words[1], words[2], number(words[3]), number(words[4]));
  if (mode == "bare" && words.size() == 4) return bare_loop(words[1], number(words[2]), number(words[3]));
  if (mode == "hold" && words.size() == 4) return hold(words[1], words[2], number(words[3]));
  std::cerr << "load_chat: see its first lines for what it takes\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  raise_descriptor_limit();
  return run({argv + 1, argv + argc});
}
