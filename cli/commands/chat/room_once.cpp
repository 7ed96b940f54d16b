#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "commands/chat/options.h"
#include "commands/local_cause.h"
#include "commands/session_access.h"
#include "commands/session_error.h"
#include "session/room_machine.h"
#include "users/sign_in.h"
#include "wire/chat_frames.h"
#include "wire/room_words.h"

namespace wsdeep::commands {
namespace {

/// Says what it is given, waits until the room has it, and, where that calls the model, for the answer.
class RoomPipe final : public session::RoomView {
 public:
  RoomPipe(const ChatOptions& options, const std::string& message, const users::Target& target, Context& context)
      : options_(options),
        target_(target),
        context_(context),
        console_(context.console),
        link_(loop_, chat_endpoint(target), chat_token(target, context, options.user)),
        machine_(link_, context.clock, {.room = options.room, .earlier = 1}, *this),
        patience_(options.timeout_seconds) {
    if (message.empty())
      input_ = loop_.on_readable(STDIN_FILENO, [this] { on_input(); });
    else
      say(message);
    input_ended_ = !message.empty();
  }

  int run() {
    const auto signals =
        loop_.on_signal({SIGINT, SIGTERM}, [this](int) { end(Error(ErrorKind::kInterrupted, "interrupted")); });
    machine_.start();
    wait_on();
    loop_.run();
    if (failure_)
      throw Error(fault_->kind(), fault_->what(), local_cause(options_.target, target_, *failure_, context_));
    if (fault_) throw *fault_;
    return 0;
  }

 private:
  void on_said(const session::RoomSaid& said) override {
    if (said.sender.empty() && !said.earlier && asked_ > 0) answered(said.text);
  }
  void on_presence(const wire::Presence&) override {}
  void on_text(const std::string& text) override {
    answer_ += text;
    wait_on();
  }
  void on_text_restarted() override { answer_.clear(); }
  void on_answered(const std::string& remark) override {
    if (asked_ == 0) return answer_.clear();
    if (!remark.empty()) return end(Error(ErrorKind::kFailure, "the answer is not whole: " + remark));
    answered(std::exchange(answer_, {}));
  }
  void on_sent(const std::string& words) override {
    ++sent_;
    wait_on();
    if (!input_) console_.err(words + "\n");
    conclude();
  }
  void on_refused(const wire::ErrorFrame& failure) override {
    if (!fault_) failure_ = failure;
    end(Error(ErrorKind::kFailure, fmt::format("{}: {} ({}){}", to_lower(failure.title), failure.text, failure.category,
                                               sent_ > 0 ? fmt::format("; {} said before it", sent_) : "")));
  }
  void on_other_failed(const wire::ErrorFrame&) override {}
  void on_open(bool) override {}
  void on_lost(const session::Loss& loss, std::chrono::milliseconds wait) override {
    console_.err(fmt::format("{}, connecting again in {}\n", printable_lines(loss.cause), human_duration(wait)));
  }
  void on_end(const session::Loss& loss) override {
    if (!done_ && !fault_) fault_ = session_error("cannot talk in the room", loss);
    loop_.stop();
  }

  void answered(const std::string& text) {
    console_.out(text.ends_with('\n') ? text : text + "\n");
    --asked_;
    conclude();
  }

  // ---- saying ----

  void on_input() {
    char block[16384];
    const ssize_t got = ::read(STDIN_FILENO, block, sizeof block);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got > 0) pending_.append(block, static_cast<std::size_t>(got));
    std::size_t start = 0;
    for (std::size_t at; (at = pending_.find('\n', start)) != std::string::npos; start = at + 1)
      say(pending_.substr(start, at - start));
    pending_.erase(0, start);
    if (pending_.size() > wire::kMaxMessageBytes)
      return end(Error(ErrorKind::kUsage, "a line on stdin is longer than 128 KiB, API Gateway's limit on a message"));
    if (got > 0) return;
    input_.cancel();
    input_ended_ = true;
    say(std::exchange(pending_, {}));
    conclude();
  }

  void say(const std::string& text) {
    if (trim(text).empty()) return;
    if (wire::asks_model(text)) ++asked_;
    machine_.say(text);
    wait_on();
  }

  void wait_on() {
    if (input_) return;  // as long as somebody writes
    patience_timer_ = loop_.after(patience_, [this] {
      end(Error(ErrorKind::kFailure, fmt::format("no sign of life for {} s", patience_.count()), "raise --timeout"));
    });
  }

  void conclude() {
    if (!input_ended_ || !machine_.is_silent() || asked_ > 0) return;
    done_ = true;
    machine_.close();
  }

  void end(Error fault) {
    if (!fault_) fault_ = std::move(fault);
    machine_.close();
  }

  const ChatOptions& options_;
  const users::Target& target_;
  const Context& context_;
  const Console& console_;
  net::EventLoop loop_;
  session::LoopLink link_;
  session::RoomMachine machine_;
  std::chrono::seconds patience_;
  net::EventLoop::Subscription input_;
  net::EventLoop::Subscription patience_timer_;
  std::string pending_;
  std::string answer_;
  int asked_ = 0;  ///< questions that the model has not answered
  int sent_ = 0;
  bool input_ended_ = false;
  bool done_ = false;
  std::optional<Error> fault_;
  std::optional<wire::ErrorFrame> failure_;  ///< which `fault_` tells
};

}  // namespace

int run_room_once(const ChatOptions& options, const std::string& message, Context& context) {
  const users::Target target = resolve_target(options.target, context);
  users::current_login(target, context, options.user);
  return RoomPipe(options, message, target, context).run();
}

}  // namespace wsdeep::commands
