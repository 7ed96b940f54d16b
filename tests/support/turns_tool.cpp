// One chat of a client as a program: a test in another language says what the user does, and reads what the turn
// machine tells. Its patience is short, so that a fault costs a test a second and not ten.
//
//   turns_tool URL [CHAT]      the token comes in WSDEEP_TOKEN
//
// In, one JSON object a line: {"do":"ask","text":…,"maxTokens":…}, {"do":"cancel"}, {"do":"new"}, {"do":"history"},
// {"do":"close"}. Out, one JSON object a line, with "event" and what belongs to it.

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/env.h"
#include "net/event_loop.h"
#include "session/loop_link.h"
#include "session/turn_machine.h"

namespace {

using namespace wsdeep;
using std::chrono::milliseconds;
using json = nlohmann::ordered_json;

constexpr int kHistoryLimit = 100;

session::TurnOptions impatient(std::string chat_id) {
  session::TurnOptions options;
  options.chat_id = std::move(chat_id);
  options.connection.open_timeout = milliseconds(2000);
  options.connection.liveness = {milliseconds(200), milliseconds(500), milliseconds(1000)};
  options.connection.random = [] { return 0.02; };  // connects again soon, always after the same time
  options.answer_timeout = milliseconds(10'000);
  options.ask_again_after = milliseconds(1000);
  options.command_timeout = milliseconds(1500);
  return options;
}

void tell(const json& event) {
  std::cout << event.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
}

class Teller final : public session::TurnView {
 public:
  explicit Teller(net::EventLoop& loop) : loop_(loop) {}

  void on_accepted(const wire::Accepted& frame) override {
    tell({{"event", "accepted"}, {"messageId", frame.message_id}, {"chatId", frame.chat_id}});
  }
  void on_waiting(const std::string& text) override { tell({{"event", "waiting"}, {"message", text}}); }
  void on_text(const LlmChunk& piece) override { tell({{"event", "text"}, {"text", piece.text}}); }
  void on_resumed() override { tell({{"event", "resumed"}}); }
  void on_restarted() override { tell({{"event", "restarted"}}); }
  void on_completed(const wire::Completion& frame, const session::TurnStats& stats) override {
    tell({{"event", "completed"},
          {"messageId", frame.message_id},
          {"chatId", frame.chat_id},
          {"text", frame.text},
          {"stored", frame.stored},
          {"sends", stats.sends}});
  }
  void on_failed(const wire::ErrorFrame& failure) override { tell_failure("failed", failure); }
  void on_done(const wire::Notice& frame) override {
    tell({{"event", "done"}, {"title", frame.title}, {"chatId", frame.chat_id}});
  }
  void on_history(const wire::HistoryPage& page) override {
    json messages = json::array();
    for (const wire::StoredMessage& message : page.messages)
      messages.push_back({{"role", message.role},
                          {"content", message.content},
                          {"messageId", message.message_id},
                          {"partial", message.partial}});
    tell({{"event", "history"}, {"chatId", page.chat_id}, {"messages", messages}, {"before", page.before}});
  }
  void on_refused(const wire::ErrorFrame& failure) override { tell_failure("refused", failure); }
  void on_notice(const std::string& title, const std::string& text) override {
    tell({{"event", "notice"}, {"title", title}, {"text", text}});
  }
  void on_room_message(const wire::RoomMessage&) override {}
  void on_presence(const wire::Presence&) override {}
  void on_open(bool again) override { tell({{"event", "open"}, {"again", again}}); }
  void on_lost(const session::Loss& loss, milliseconds wait) override {
    tell({{"event", "lost"}, {"cause", loss.cause}, {"waitMs", wait.count()}});
  }
  void on_end(const session::Loss& loss) override {
    tell({{"event", "end"}, {"cause", loss.cause}, {"status", loss.status}, {"code", loss.close_code}});
    loop_.stop();
  }

 private:
  static void tell_failure(const char* event, const wire::ErrorFrame& failure) {
    tell({{"event", event},
          {"category", failure.category},
          {"title", failure.title},
          {"text", failure.text},
          {"messageId", failure.message_id}});
  }

  net::EventLoop& loop_;
};

/// What the user does, line by line.
class Orders {
 public:
  Orders(net::EventLoop& loop, session::TurnMachine& machine) : machine_(machine) {
    input_ = loop.on_readable(STDIN_FILENO, [this] { read(); });
  }

 private:
  void read() {
    char block[4096];
    const ssize_t got = ::read(STDIN_FILENO, block, sizeof block);
    if (got <= 0) {
      input_.cancel();
      return machine_.close();
    }
    pending_.append(block, static_cast<std::size_t>(got));
    for (std::size_t end; (end = pending_.find('\n')) != std::string::npos; pending_.erase(0, end + 1))
      obey(json::parse(pending_.substr(0, end)));
  }

  void obey(const json& order) {
    const std::string what = order.at("do");
    if (what == "ask") return ask(order);
    if (what == "cancel") return machine_.cancel();
    if (what == "new") return machine_.new_conversation();
    if (what == "history") return machine_.history(kHistoryLimit);
    if (what == "close") return machine_.close();
    throw std::invalid_argument("no such order: " + what);
  }

  void ask(const json& order) {
    GenerationParameters parameters;
    if (order.contains("maxTokens")) parameters.max_tokens = order.at("maxTokens").get<int>();
    machine_.ask(order.at("text"), parameters);
  }

  session::TurnMachine& machine_;
  net::EventLoop::Subscription input_;
  std::string pending_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const Env env = Env::of_process();
  const SystemClock clock;
  net::EventLoop loop;
  session::Endpoint endpoint;
  endpoint.url = argv[1];
  session::LoopLink link(loop, endpoint, [&env](const std::stop_token&) { return env.require("WSDEEP_TOKEN"); });
  Teller teller(loop);
  session::TurnMachine machine(link, clock, impatient(argc > 2 ? argv[2] : ""), teller);
  const Orders orders(loop, machine);
  machine.start();
  loop.run();
  return 0;
}
