// A room at the terminal. Two threads: this one edits lines, the loop's thread talks to the service, and prints what
// happens above the prompt, which is then drawn again.
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <optional>
#include <thread>

#include "base/display.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/suggest.h"
#include "base/text.h"
#include "commands/chat/held_lines.h"
#include "commands/chat/options.h"
#include "commands/chat/room_text.h"
#include "commands/chat/sgr.h"
#include "commands/local_cause.h"
#include "commands/session_access.h"
#include "commands/session_error.h"
#include "terminal/line_editor.h"
#include "users/sign_in.h"

namespace wsdeep::commands {
namespace {

constexpr std::string_view kRoomHelp =
    "/who             who is here\n"
    "/msg NAME TEXT   to one person, by name or id, on all their connections\n"
    "/stop            stop the model's answer\n"
    "/quit            leave (also Ctrl-D, or Ctrl-C twice)\n"
    "Everything else is said to everybody here; @model … asks the model, whose answer all see.\n";

class RoomScreen final : public session::RoomView {
 public:
  RoomScreen(const ChatOptions& options, const users::Target& target, Context& context)
      : options_(options),
        target_(target),
        context_(context),
        console_(context.console),
        text_(context.console),
        editor_(context.state_folder() / "room_history") {}

  int run() {
    std::thread network([this] { run_network(); });
    try {
      converse();
    } catch (...) {
      stop(network);
      throw;
    }
    stop(network);
    if (fault_) throw *fault_;
    return 0;
  }

 private:
  // ---- RoomView, on the loop's thread ----

  void on_said(const session::RoomSaid& said) override {
    names_.learn(said.name, said.sender);
    tell(text_.said(said));
  }

  void on_presence(const wire::Presence& presence) override {
    for (const wire::Occupant& member : presence.members) names_.learn(member.name, member.user_id);
    const bool asked_for = presence.event == wire::Presence::Event::kList;
    asked_for ? show(text_.presence(presence)) : tell(text_.presence(presence));
  }

  /// Line by line, so that somebody may go on typing.
  void on_text(const std::string& text) override {
    answer_ += strip_control(text);
    while (const auto end = end_of_line(answer_)) {
      show_answer(answer_.substr(0, *end));
      in_line_ = answer_[*end] != '\n';
      answer_.erase(0, *end + 1);
      if (!in_line_) show_held();
    }
  }

  /// Where the first line ends: at its newline, or where a word would go beyond the screen; nothing: it goes on.
  std::optional<std::size_t> end_of_line(const std::string& text) const {
    const std::size_t newline = text.find('\n');
    const std::size_t columns = static_cast<std::size_t>(console_.columns()) - std::min(console_.columns() - 1, 8);
    const std::string_view line = std::string_view(text).substr(0, newline);
    std::optional<std::size_t> fits;
    for (std::size_t space = line.find(' '); space != std::string_view::npos; space = line.find(' ', space + 1)) {
      if (display_width(line.substr(0, space)) > columns) return fits.value_or(space);
      fits = space;
    }
    if (newline == std::string::npos) return std::nullopt;
    return newline;
  }

  void on_text_restarted() override {
    answer_.clear();
    in_line_ = false;
    show(console_.style_out(kDim, "(the answer begins again)"));
  }

  void on_answered(const std::string& remark) override {
    if (!answer_.empty()) show_answer(std::exchange(answer_, {}));
    if (!remark.empty()) print(console_.style_out(kDim, "(" + printable(remark) + ")"));
    in_line_ = begun_ = false;
    show_held();
  }

  void on_sent(const std::string& words) override {
    if (words == "Delivered to 0 connections.") show(console_.style_out(kDim, "(nobody else is here)"));
  }

  void on_refused(const wire::ErrorFrame& failure) override {
    show(console_.style_out(kRed, printable(fmt::format("{} ({})", failure.text, failure.category))));
    const std::string why = local_cause_command(options_.target, target_, failure, context_);
    if (!why.empty()) show(console_.style_out(kDim, printable(why)));
  }

  void on_other_failed(const wire::ErrorFrame& failure) override { on_refused(failure); }

  void on_open(bool again) override {
    if (again && std::exchange(told_lost_, false)) show(console_.style_out(kDim, "connected again"));
  }

  void on_lost(const session::Loss& loss, std::chrono::milliseconds wait) override {
    if (loss.close_code == 1001) return;
    told_lost_ = true;
    show(console_.style_out(kDim,
                            fmt::format("{}, connecting again in {} …", printable(loss.cause), human_duration(wait))));
  }

  void on_end(const session::Loss& loss) override {
    show_held();
    if (!leaving_) fault_ = session_error("cannot talk in the room", loss);
    leave();
    loop_.stop();
  }

  void show_answer(const std::string& line) {
    print(std::exchange(begun_, true) ? line : text_.name("model", "") + ": " + line);
  }

  /// At once, behind what is held; who goes on then is named again.
  void show(const std::string& line) {
    show_held();
    print(line);
    begun_ = false;
  }

  /// What others do is not to part a line of the answer: it waits for its end, but not for ever.
  void tell(const std::string& line) {
    if (!in_line_) return show(line);
    if (held_.empty()) patience_ = loop_.after(kLongestHeld, [this] { show_held(); });
    held_ += held_.empty() ? line : "\n" + line;
    if (held_.size() > kMostHeldBytes) show_held();
  }

  void show_held() {
    patience_.cancel();
    if (!held_.empty()) show(std::exchange(held_, {}));
  }

  /// Above the prompt.
  void print(const std::string& line) {
    console_.out(fmt::format("{}{}\n", console_.erase_row_out(), line));
    editor_.redraw();
  }

  void run_network() {
    session::LoopLink link(loop_, chat_endpoint(target_), chat_token(target_, context_, options_.user));
    session::RoomMachine machine(link, context_.clock, {.room = options_.room}, *this);
    machine_ = &machine;
    const auto signals = loop_.on_signal({SIGINT, SIGTERM, SIGHUP}, [this](int signal) {
      if (signal != SIGINT || interrupts_++ > 0) return leave();
      editor_.interrupt();
    });
    machine.start();
    loop_.run();
    machine_ = nullptr;
  }

  void leave() {
    leaving_ = true;
    editor_.interrupt();
  }

  // ---- the editing thread ----

  void converse() {
    console_.out(
        console_.style_out(kDim, fmt::format("{} · room {} · /help tells the commands\n", target_.url, options_.room)));
    for (;;) {
      const LineEditor::Input input = editor_.read("\1\x1b[1m\1> \1\x1b[0m\1");
      if (leaving_ || input.event == LineEditor::Event::kEnd) break;
      if (input.event == LineEditor::Event::kInterrupt) {
        console_.out(input.had_text ? "\n" : "\n(Ctrl-C again, or /quit, to leave)\n");
        if (input.had_text) interrupts_ = 0;
        continue;
      }
      interrupts_ = 0;
      if (!handle(input.line)) break;
    }
    leaving_ = true;
    console_.out("\n");
  }

  /// False when the user wants to leave.
  bool handle(const std::string& line) {
    if (trim(line).empty()) return true;
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string word = line.substr(0, end);
    const std::string rest(trim(std::string_view(line).substr(end)));
    if (word == "/quit" || word == "/exit") return false;
    if (!word.starts_with('/'))
      on_loop([this, line] { machine_->say(line); });
    else if (word == "/help")
      console_.out(kRoomHelp);
    else if (word == "/who")
      on_loop([this] { machine_->who(); });
    else if (word == "/stop")
      on_loop([this] { machine_->is_answering() ? machine_->cancel() : show("the model is not answering"); });
    else if (word == "/msg")
      on_loop([this, rest] { say_to_one(rest); });
    else
      unknown(word);
    return true;
  }

  void say_to_one(const std::string& rest) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string text(trim(std::string_view(rest).substr(end)));
    if (text.empty()) return show("usage: /msg NAME TEXT");
    try {
      machine_->say(text, names_.user(rest.substr(0, end)));
    } catch (const Error& error) {
      show(console_.style_out(kRed, error.what()));
    }
  }

  void unknown(const std::string& word) {
    const auto near = closest(word, {"/who", "/msg", "/stop", "/quit", "/help"});
    console_.out(
        fmt::format("unknown command {}{}\n", word, near ? fmt::format(", did you mean {}?", *near) : "; see /help"));
  }

  void on_loop(std::function<void()> work) {
    loop_.post([this, work = std::move(work)] {
      if (machine_ != nullptr) work();
    });
  }

  void stop(std::thread& network) {
    on_loop([this] { machine_->close(); });
    network.join();
  }

  const ChatOptions& options_;
  const users::Target& target_;
  Context& context_;
  const Console& console_;
  const RoomText text_;
  LineEditor editor_;
  net::EventLoop loop_;
  std::atomic<bool> leaving_ = false;
  std::atomic<int> interrupts_ = 0;

  // The loop's thread alone.
  session::RoomMachine* machine_ = nullptr;
  RoomNames names_;
  std::string answer_;    ///< its last line, which has not ended
  bool begun_ = false;    ///< what was shown last is the answer's
  bool in_line_ = false;  ///< a line of the answer has been shown in part
  std::string held_;      ///< lines that wait for its end
  net::EventLoop::Subscription patience_;
  bool told_lost_ = false;
  std::optional<Error> fault_;
};

}  // namespace

int run_room_screen(const ChatOptions& options, Context& context) {
  const users::Target target = resolve_target(options.target, context);
  users::current_login(target, context, options.user);  // says who is not signed in before the screen is set up
  return RoomScreen(options, target, context).run();
}

}  // namespace wsdeep::commands
