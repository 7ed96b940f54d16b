// A terminal of the lab at the terminal. One thread: keys, the connection, signals and the window's size come as events
// of one loop. Whatever ends it, the terminal is put right before anything is said.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include "base/duration.h"
#include "base/error.h"
#include "base/printable.h"
#include "commands/command.h"
#include "commands/lab/commands.h"
#include "commands/session_access.h"
#include "commands/session_error.h"
#include "session/lab_machine.h"
#include "terminal/escape_keys.h"
#include "terminal/raw_terminal.h"
#include "terminal/screen_modes.h"
#include "users/sign_in.h"

namespace wsdeep::commands {
namespace {

struct ConnectTerminalOptions {
  LabTargetOptions lab;
  std::string session_id;
};

int run_connect_terminal(const ConnectTerminalOptions& options, Context& context);

}  // namespace

void add_lab_connect(const Command& lab, Context& context) {
  auto options = std::make_shared<ConnectTerminalOptions>();
  const Command command = lab.add_subcommand("connect", "Be at a session's terminal");
  add_lab_session(command, options->session_id);
  add_lab_target(command, options->lab);
  command.footer(
      "A lost connection is found again, with the screen as it is by then. Behind Enter, ~. leaves the session, which "
      "goes on, and ~? tells the other escapes. The exit code is the shell's.\n\n"
      "Example:\n  wsdeep lab connect $(wsdeep lab new)");
  command.runs([options, &context] { return run_connect_terminal(*options, context); });
}

namespace {

constexpr const char* kEscapesHelp =
    "\r\nBehind Enter:\r\n"
    "  ~.   leave the session, which goes on\r\n"
    "  ~^Z  suspend this program\r\n"
    "  ~r   draw the screen anew\r\n"
    "  ~~   one ~\r\n"
    "  ~?   this\r\n";
/// Long enough to be read; then the screen is drawn anew without it.
constexpr std::chrono::seconds kNoticeTime{4};

class LabTerminal final : private session::LabView {
 public:
  LabTerminal(const ConnectTerminalOptions& options, const users::Target& target, Context& context)
      : session_id_(options.session_id),
        flags_(context.target_flags),
        console_(context.console),
        link_(loop_, chat_endpoint(target), chat_token(target, context, options.lab.user)),
        machine_(link_, context.clock, {.session_id = session_id_, .size = size()}, *this) {}

  int run() {
    const auto ending = loop_.on_signal({SIGINT, SIGTERM, SIGHUP, SIGQUIT}, [this](int) {
      fault_ = Error(ErrorKind::kInterrupted, "interrupted", "the session goes on");
      machine_.leave();
    });
    const auto stopping = loop_.on_signal({SIGTSTP}, [this](int) { suspend(); });
    const auto going_on = loop_.on_signal({SIGCONT}, [this](int) { resume(); });
    const auto pulled = loop_.on_signal({SIGWINCH}, [this](int) { machine_.resize(size()); });
    listen();
    machine_.start();
    loop_.run();
    put_right();
    return finish();
  }

 private:
  session::LabSize size() const {
    const ScreenSize screen = raw_.size();
    return {static_cast<int>(screen.columns), static_cast<int>(screen.rows)};
  }

  // ---- keys ----

  void listen() {
    input_ = loop_.on_readable(STDIN_FILENO, [this] { on_input(); });
  }

  void on_input() {
    char block[4096];
    const ssize_t got = ::read(STDIN_FILENO, block, sizeof block);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {  // the terminal is gone
      input_.cancel();
      return machine_.leave();
    }
    for (const KeyPiece& piece : keys_.feed({block, static_cast<std::size_t>(got)})) {
      if (!piece.keys.empty()) machine_.type(piece.keys);
      obey(piece.command);
    }
    if (!machine_.takes_more()) input_.cancel();
  }

  void obey(EscapeCommand command) {
    switch (command) {
      case EscapeCommand::kNone:
        return;
      case EscapeCommand::kLeave:
        left_ = true;
        return machine_.leave();
      case EscapeCommand::kSuspend:
        return suspend();
      case EscapeCommand::kRepaint:
        return machine_.repaint();
      case EscapeCommand::kHelp:
        return console_.out(kEscapesHelp);
    }
  }

  // ---- the terminal ----

  void put_right() {
    raw_.leave();
    if (drawn_) console_.out(modes_.undo() + "\r\n");
  }

  /// The shell takes over until it sends SIGCONT. SIGSTOP, for SIGTSTP is ours.
  void suspend() {
    put_right();
    std::raise(SIGSTOP);
  }

  /// Also after a SIGSTOP that nobody could foresee.
  void resume() {
    raw_.enter();
    machine_.resize(size());
    machine_.repaint();
  }

  /// In the first row, over what stands there; plainly before anything is drawn.
  void notice(const std::string& words) {
    const std::string text = printable(words);
    if (!drawn_) return console_.out(text + "\r\n");
    const auto most = static_cast<std::size_t>(std::max(size().columns - 1, 1));
    console_.out(
        fmt::format("\x1b"
                    "7\x1b[1;1H\x1b[0;7m {} \x1b[0m\x1b[K\x1b"
                    "8",
                    text.substr(0, std::min(text.size(), most > 2 ? most - 2 : most))));
  }

  /// One that nothing takes away by itself.
  void passing_notice(const std::string& words) {
    notice(words);
    notice_end_ = loop_.after(kNoticeTime, [this] { machine_.repaint(); });
  }

  // ---- LabView ----

  void on_screen(const std::string& data) override {
    // What stood on the terminal before scrolls away, rather than be painted over.
    if (!std::exchange(drawn_, true)) console_.out(std::string(static_cast<std::size_t>(size().rows), '\n'));
    show(data);
    if (!after_screen_.empty()) passing_notice(std::exchange(after_screen_, {}));
  }
  void on_output(const std::string& data) override { show(data); }
  void show(const std::string& data) {
    modes_.feed(data);
    console_.out(data);
  }
  void on_room() override {
    if (!input_ && !fault_ && !left_) listen();
  }
  void on_unsure(std::size_t bytes) override {
    after_screen_ = fmt::format("{} typed byte{} may not have arrived", bytes, bytes == 1 ? "" : "s");
  }
  void on_discarded() override { console_.out("\a"); }
  void on_trouble(const std::string& cause) override { notice("the lab does not answer: " + cause); }
  void on_lost(const session::Loss& loss, std::chrono::milliseconds wait) override {
    notice(fmt::format("{}; connecting again in {} - Enter ~. leaves", loss.cause, human_duration(wait)));
  }
  void on_session_end(std::optional<int> exit_code, const std::string& reason) override {
    exit_code_ = exit_code;
    ended_ = reason.empty() ? "the session has ended" : "the session has ended: " + printable(reason);
  }
  void on_taken(const std::string& reason) override {
    fault_ = Error(ErrorKind::kFailure,
                   "the terminal was taken by another client" + (reason.empty() ? "" : ": " + printable(reason)),
                   "take it back with: wsdeep lab connect " + session_id_);
  }
  void on_end(const session::Loss& loss) override {
    loss_ = loss;
    loop_.stop();
  }

  // ---- the end ----

  int finish() {
    if (fault_) throw *fault_;
    if (ended_) {
      console_.err(*ended_ + (exit_code_ ? fmt::format(" ({})\n", *exit_code_) : "\n"));
      return exit_code_.value_or(1) & 0xFF;
    }
    if (left_) {
      console_.err(fmt::format("left the session, which goes on: wsdeep lab connect {}{}\n", session_id_, flags_));
      return 0;
    }
    const Error error = session_error("cannot go on with the session", loss_);
    if (loss_.status != 400 && loss_.status != 404) throw error;
    throw Error(ErrorKind::kNotFound, error.what(), "your sessions: wsdeep lab list; a new one: wsdeep lab new");
  }

  const std::string session_id_;
  const std::string flags_;  ///< that lead to the same system
  const Console& console_;
  net::EventLoop loop_;
  RawTerminal raw_;
  session::LoopLink link_;
  session::LabMachine machine_;
  EscapeKeys keys_;
  ScreenModes modes_;
  net::EventLoop::Subscription input_;
  net::EventLoop::Subscription notice_end_;
  std::string after_screen_;
  bool drawn_ = false;
  bool left_ = false;
  std::optional<std::string> ended_;
  std::optional<int> exit_code_;
  std::optional<Error> fault_;
  session::Loss loss_;
};

/// Asked first, where it can be: the lab says better than a refused handshake what is wrong with a session.
int run_connect_terminal(const ConnectTerminalOptions& options, Context& context) {
  if (!context.console.stdin_is_terminal() || !context.console.stdout_is_terminal())
    throw Error(ErrorKind::kUsage, "a terminal is needed to be at the session's",
                fmt::format("for one command: wsdeep lab run {} -- COMMAND", options.session_id));
  const users::Target target = resolve_target(options.lab.target, context);
  users::current_login(target, context, options.lab.user);
  if (knows_lab(options.lab, target)) lab_api(options.lab, target, context).validate(options.session_id);
  context.console.err(fmt::format("session {} - Enter ~. leaves, Enter ~? helps\n", options.session_id));
  return LabTerminal(options, target, context).run();
}

}  // namespace

}  // namespace wsdeep::commands
