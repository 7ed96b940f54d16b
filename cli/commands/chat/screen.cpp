// The interactive chat. Two threads: this one edits lines, the loop's thread talks to the service and prints answers as
// they come. They take turns on the screen: while an answer runs nobody edits, and when something happens while a line
// is edited (a connection lost, and found again) it is printed above the prompt, which is then drawn again.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/suggest.h"
#include "base/text.h"
#include "commands/answer_text.h"
#include "commands/chat/held_lines.h"
#include "commands/chat/options.h"
#include "commands/chat/sgr.h"
#include "commands/local_cause.h"
#include "commands/parameter_option.h"
#include "commands/session_access.h"
#include "commands/session_error.h"
#include "terminal/line_editor.h"
#include "users/sign_in.h"

namespace wsdeep::commands {
namespace {

constexpr std::string_view kHelp =
    "/clear          forget this chat's history\n"
    "/new            start another chat\n"
    "/history        show the stored messages of this chat\n"
    "/params k=v …   set sampling parameters; k= unsets one; alone: show them\n"
    "/stats          show what the last answer took\n"
    "/retry          ask the last question again\n"
    "/save FILE      write what was said here as Markdown\n"
    "/quit           leave (also Ctrl-D, or Ctrl-C twice)\n"
    "A line that ends in \\ goes on in the next. Ctrl-C cancels a running answer.\n"
    "What is typed into an answer stands at the next prompt.\n";

/// What was said, for /save.
struct Said {
  std::string question;
  std::string answer;
};

class ChatScreen final : public session::TurnView {
 public:
  ChatScreen(const ChatOptions& options, const users::Target& target, Context& context)
      : options_(options),
        target_(target),
        context_(context),
        console_(context.console),
        editor_(context.state_folder() / "chat_history") {
    for (const std::string& assignment : options.parameters) set_parameter(parameters_, assignment);
  }

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

  // ---- TurnView, on the loop's thread ----

  void on_accepted(const wire::Accepted& frame) override {
    for (const std::string& adjusted : frame.adjusted) line(kDim, "adjusted " + adjusted);
  }

  void on_waiting(const std::string& text) override { line(kDim, printable(text)); }

  void on_text(const LlmChunk& piece) override {
    has_reasoning_ = has_reasoning_ || piece.reasoning;
    if (piece.was_reasoning) {
      answer_.clear();
      return line(kDim, "(that was the model's reasoning)");
    }
    if (piece.text.empty()) return;
    const std::string text = strip_control(piece.text);
    if (in_reasoning_ && !piece.reasoning) {
      console_.out(at_line_start_ ? "\n" : "\n\n");
      at_line_start_ = true;
      show_held();
    }
    in_reasoning_ = piece.reasoning;
    print_answer(text);
    if (!piece.reasoning) answer_ += piece.text;
  }

  /// What is held comes behind the first line that ends in it, or, when it has waited long, the first word.
  void print_answer(std::string_view text) {
    const std::size_t end = held_.empty() ? text.npos : text.find_first_of(held_long_ ? "\n " : "\n");
    const std::string_view before = text.substr(0, end == text.npos ? end : end + 1);
    console_.out(in_reasoning_ ? console_.style_out(kDim, before) : before);
    at_line_start_ = before.ends_with('\n');
    if (end == text.npos) return;
    show_held();
    if (before.size() < text.size()) print_answer(text.substr(before.size()));
  }

  void on_resumed() override { line(kDim, "(the answer goes on)"); }

  void on_restarted() override {
    answer_.clear();
    in_reasoning_ = has_reasoning_ = false;
    line(kDim, "(the answer begins again)");
  }

  void on_completed(const wire::Completion& frame, const session::TurnStats& stats) override {
    said_.push_back({question_, answer_});
    stats_ = stats;
    if (options_.stats) line(kDim, describe(stats));
    const std::string remark = remark_on_end(frame.finish_reason, !answer_.empty(), has_reasoning_);
    if (!remark.empty()) line(kDim, remark);
    if (!frame.stored) line(kRed, "this answer could not be stored: the chat will not remember it");
    end_turn();
  }

  void on_failed(const wire::ErrorFrame& failure) override {
    if (failure.category == "cancelled")
      line(kDim, "(cancelled)");
    else
      line(kRed, printable(fmt::format("{}: {} ({})", failure.title, failure.text, failure.category)));
    if (failure.category == session::kConnectionLost || failure.category == session::kNoAnswer)
      line(kDim, "ask again with /retry");
    if (failure.category == "chat_expired") line(kDim, "begin another chat with /new");
    if (waited_for()) failed_ = failure;
    end_turn();
  }

  void on_done(const wire::Notice& frame) override {
    on_notice(frame.title, frame.text);
    end_turn();
  }

  void on_history(const wire::HistoryPage& page) override {
    if (page.messages.empty()) line(kDim, "no stored messages");
    for (const wire::StoredMessage& message : page.messages)
      line("", console_.style_out(kBold, strip_control(message.role) + ": ") + strip_control(message.content) +
                   (message.partial ? console_.style_out(kDim, " (not the whole answer)") : ""));
    if (!page.before.empty()) line(kDim, "(there are earlier ones)");
    end_turn();
  }

  void on_refused(const wire::ErrorFrame& failure) override { on_failed(failure); }

  void on_notice(const std::string& title, const std::string& text) override {
    if (title != "Cancellation requested") line(kDim, printable(text.empty() ? title : title + ": " + text));
  }

  void on_room_message(const wire::RoomMessage& frame) override {
    const std::string& name = frame.sender_name.empty() ? frame.sender : frame.sender_name;
    const std::string said = console_.style_out(kBold, printable(name) + ": ") + strip_control(frame.content);
    if (at_line_start_ || !waited_for()) return line("", said);
    if (held_.empty()) patience_ = loop_.after(kLongestHeld, [this] { held_long_ = true; });
    held_ += said + "\n";
    if (held_.size() > kMostHeldBytes) show_held();
  }

  /// Who comes and goes matters in a room, which `--room` shows.
  void on_presence(const wire::Presence&) override {}

  void on_open(bool again) override {
    if (again && std::exchange(told_lost_, false)) line(kDim, "connected again");
  }

  /// API Gateway ends every connection after two hours, and an idle one after ten minutes: nobody needs to know, unless
  /// he waits for something, or the next one ends too.
  void on_lost(const session::Loss& loss, std::chrono::milliseconds wait) override {
    const bool first = wait <= session::BackOff::kLeast + session::BackOff::kFirstWindow;
    if (loss.close_code == 1001 && first && !waited_for()) return;
    told_lost_ = true;
    line(kDim, fmt::format("{}, connecting again in {} …", printable(loss.cause), human_duration(wait)));
  }

  void on_end(const session::Loss& loss) override {
    if (!closing_) fault_ = chat_error("cannot chat", loss);
    leave();
    loop_.stop();
  }

 private:
  // ---- the loop's thread ----

  void run_network() {
    session::LoopLink link(loop_, chat_endpoint(target_), chat_token(target_, context_, options_.user));
    session::TurnMachine machine(link, context_.clock, turn_options(options_), *this);
    machine_ = &machine;
    const auto signals = loop_.on_signal({SIGINT, SIGTERM, SIGHUP}, [this](int signal) { on_signal(signal); });
    machine.start();
    loop_.run();
    machine_ = nullptr;
  }

  void on_signal(int signal) {
    if (signal != SIGINT) return leave();
    const bool second = std::exchange(interrupts_, interrupts_ + 1) > 0;
    if (second) return leave();
    if (!waited_for()) return editor_.interrupt();
    editor_.forget_typed();  // as a terminal does it
    machine_->cancel();
  }

  void leave() {
    show_held();
    {
      const std::lock_guard lock(mutex_);
      leaving_ = true;
      turn_running_ = false;
    }
    editor_.interrupt();
  }

  void show_held() {
    patience_.cancel();
    held_long_ = false;
    if (held_.empty()) return;
    console_.out((at_line_start_ ? "" : "\n") + std::exchange(held_, {}));
    at_line_start_ = true;
  }

  void end_turn() {
    show_held();
    {
      const std::lock_guard lock(mutex_);
      if (!turn_running_) return;
      turn_running_ = false;
    }
    editor_.look_again();
  }

  /// A line of its own, wherever the cursor is: after an unfinished answer, or above the prompt.
  void line(std::string_view sgr, const std::string& text) {
    show_held();
    const bool editing = !waited_for();
    const std::string styled = sgr.empty() ? text : console_.style_out(sgr, text);
    const std::string_view before = editing ? console_.erase_row_out() : at_line_start_ ? "" : "\n";
    console_.out(fmt::format("{}{}\n", before, styled));
    at_line_start_ = true;
    if (editing) editor_.redraw();
  }

  // ---- the editing thread ----

  void converse() {
    console_.out(console_.style_out(kDim, fmt::format("{} · /help tells the commands\n", target_.url)));
    for (;;) {
      const LineEditor::Input input = editor_.read("\1\x1b[1m\1> \1\x1b[0m\1");
      if (is_leaving() || input.event == LineEditor::Event::kEnd) break;
      if (input.event == LineEditor::Event::kInterrupt) {
        console_.out(input.had_text ? "\n" : "\n(Ctrl-C again, or /quit, to leave)\n");
        if (input.had_text) loop_.post([this] { interrupts_ = 0; });
        continue;
      }
      loop_.post([this] { interrupts_ = 0; });
      if (!handle(read_rest(input.line))) break;
      if (is_leaving()) break;
    }
    console_.out("\n");
  }

  /// A line that ends in a backslash, with those that follow.
  std::string read_rest(std::string text) {
    while (text.ends_with('\\')) {
      text.back() = '\n';
      const LineEditor::Input more = editor_.read("\1\x1b[2m\1… \1\x1b[0m\1");
      if (more.event != LineEditor::Event::kLine) return {};
      text += more.line;
    }
    return text;
  }

  /// False when the user wants to leave.
  bool handle(const std::string& text) {
    if (text.empty()) return true;
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string word = text.substr(0, end);
    const std::string rest(trim(std::string_view(text).substr(end)));
    if (!word.starts_with('/')) return ask(text);
    if (word == "/quit" || word == "/exit") return false;
    if (word == "/help")
      console_.out(kHelp);
    else if (word == "/clear")
      return wait_for([this] { machine_->clear(); });
    else if (word == "/new")
      return wait_for([this] { machine_->new_conversation(); });
    else if (word == "/history")
      return wait_for([this] { machine_->history(50); });
    else if (word == "/params")
      change_parameters(rest);
    else if (word == "/stats")
      console_.out(stats_ ? describe(*stats_) + "\n" : "nothing was answered yet\n");
    else if (word == "/retry")
      return question_.empty() ? tell("nothing was asked yet") : ask(question_);
    else if (word == "/save")
      save(rest);
    else
      unknown(word);
    return true;
  }

  bool tell(std::string_view text) {
    console_.out(std::string(text) + "\n");
    return true;
  }

  void unknown(const std::string& word) {
    const auto near =
        closest(word, {"/clear", "/new", "/history", "/params", "/stats", "/retry", "/save", "/quit", "/help"});
    tell(fmt::format("unknown command {}{}", word, near ? fmt::format(", did you mean {}?", *near) : "; see /help"));
  }

  bool ask(const std::string& text) {
    question_ = text;
    failed_.reset();
    wait_for([this, text] {
      answer_.clear();
      in_reasoning_ = has_reasoning_ = false;
      machine_->ask(text, parameters_);
      if (told_lost_ && waited_for()) line(kDim, "(it will be asked when connected again)");
    });
    if (failed_) tell_cause(*std::exchange(failed_, {}));
    return true;
  }

  /// Here, since it may take a moment, in which the connection is to be heeded.
  void tell_cause(const wire::ErrorFrame& failure) {
    const std::string cause = local_cause(options_.target, target_, failure, context_);
    if (!cause.empty()) tell(console_.style_out(kDim, printable_lines(cause)));
  }

  /// Starts something on the loop's thread and waits until it has been answered.
  bool wait_for(std::function<void()> start) {
    {
      const std::lock_guard lock(mutex_);
      turn_running_ = true;
    }
    const auto begin = [&] {
      loop_.post([this, start = std::move(start)] {
        at_line_start_ = true;
        start();
      });
    };
    editor_.wait(begin, [this] { return !waited_for() || is_leaving(); });
    if (!at_line_start_) console_.out("\n");
    at_line_start_ = true;
    loop_.post([this] { interrupts_ = 0; });
    return true;
  }

  void change_parameters(const std::string& assignments) {
    try {
      for (const std::string_view assignment : split(assignments, ' '))
        if (!assignment.empty()) set_parameter(parameters_, assignment);
    } catch (const Error& error) {
      tell(error.what());
    }
    const std::string now = describe(parameters_);
    tell(now.empty() ? "no parameters are set: the node's own apply" : now);
  }

  void save(const std::string& file) {
    if (file.empty()) {
      tell("usage: /save FILE");
      return;
    }
    std::string text;
    for (const Said& said : said_) text += fmt::format("**You:** {}\n\n{}\n\n", said.question, trim(said.answer));
    try {
      context_.files.write(std::filesystem::absolute(file), text, 0600);
      tell(fmt::format("wrote {} turn{} to {}", said_.size(), said_.size() == 1 ? "" : "s", file));
    } catch (const Error& error) {
      tell(error.what());
    }
  }

  bool is_leaving() {
    const std::lock_guard lock(mutex_);
    return leaving_;
  }

  /// Whether the user waits for an answer, rather than we for him.
  bool waited_for() {
    const std::lock_guard lock(mutex_);
    return turn_running_;
  }

  void stop(std::thread& network) {
    loop_.post([this] {
      closing_ = true;
      if (machine_ != nullptr) machine_->close();
    });
    network.join();
  }

  const ChatOptions& options_;
  const users::Target& target_;
  Context& context_;
  const Console& console_;
  LineEditor editor_;
  net::EventLoop loop_;

  // The loop's thread, and the editing thread only while no turn runs (the turn's start and end order them).
  session::TurnMachine* machine_ = nullptr;
  GenerationParameters parameters_;
  std::string question_;
  std::string answer_;
  std::vector<Said> said_;
  std::optional<session::TurnStats> stats_;
  std::optional<wire::ErrorFrame> failed_;  ///< how the last question ended
  bool in_reasoning_ = false;
  bool has_reasoning_ = false;
  bool told_lost_ = false;
  bool closing_ = false;
  bool at_line_start_ = true;
  std::string held_;        ///< whole lines that wait for the end of the answer's
  bool held_long_ = false;  ///< or of its next word
  net::EventLoop::Subscription patience_;
  int interrupts_ = 0;
  std::optional<Error> fault_;

  std::mutex mutex_;
  bool turn_running_ = false;
  bool leaving_ = false;
};

}  // namespace

int run_chat_screen(const ChatOptions& options, Context& context) {
  const users::Target target = resolve_target(options.target, context);
  users::current_login(target, context, options.user);  // says who is not signed in before the screen is set up
  return ChatScreen(options, target, context).run();
}

}  // namespace wsdeep::commands
