#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"
#include "commands/command.h"
#include "commands/lab/commands.h"
#include "commands/session_access.h"
#include "commands/session_error.h"
#include "session/connection.h"
#include "users/sign_in.h"
#include "wire/lab_frames.h"

namespace wsdeep::commands {
namespace {

struct LabRunOptions {
  LabTargetOptions lab;
  std::string session_id;
  std::vector<std::string> words;
  int timeout_seconds = 600;
};

int run_lab_run(const LabRunOptions& options, Context& context);

}  // namespace

void add_lab_run(const Command& lab, Context& context) {
  auto options = std::make_shared<LabRunOptions>();
  const Command command = lab.add_subcommand("run", "Run one command in a session, without a terminal");
  add_lab_session(command, options->session_id);
  command.add_option("command", options->words, "command line of the session's shell; without it stdin is one");
  command.add_option("--timeout", options->timeout_seconds, "seconds to wait for its end")
      .range(1, 86'400)
      .shows_default();
  add_lab_target(command, options->lab);
  command.footer(
      "Its output comes on stdout as it is written, and its exit code is ours.\n\n"
      "Examples:\n  wsdeep lab run SESSION -- make test\n  echo 'ls -l' | wsdeep lab run SESSION");
  command.runs([options, &context] { return run_lab_run(*options, context); });
}

namespace {

/// Beyond this it would not fit the frame that carries it, however it must be escaped.
constexpr std::size_t kMostCommand = 16 * 1024;

/// Sends the command and shows what comes of it. A connection that is lost on the way is not opened again: nobody would
/// know whether the command ran.
class LabRun final : private session::Connection::Owner {
 public:
  LabRun(const LabRunOptions& options, std::string command, const users::Target& target, Context& context)
      : session_id_(options.session_id),
        command_(std::move(command)),
        console_(context.console),
        link_(loop_, chat_endpoint(target), chat_token(target, context, options.lab.user)),
        connection_(link_, context.clock, {.reconnect = false}, *this),
        patience_(options.timeout_seconds) {}

  int run() {
    const auto signals = loop_.on_signal({SIGINT, SIGTERM}, [this](int) {
      end(Error(ErrorKind::kInterrupted, "interrupted", "the command may go on in the session"));
    });
    const auto patience = loop_.after(patience_, [this] {
      end(Error(ErrorKind::kFailure, fmt::format("the command has not ended in {} s", patience_.count()),
                "raise --timeout; it may go on in the session"));
    });
    connection_.start();
    loop_.run();
    if (fault_) throw *fault_;
    if (!exit_code_) throw session_error("cannot run the command", loss_);
    return *exit_code_ & 0xFF;
  }

 private:
  std::string chat_id() const override { return session_id_; }
  bool expects_answer() const override { return !exit_code_; }
  void on_open(bool) override { connection_.send(wire::encode(wire::LabCommand{command_})); }
  void on_lost(const session::Loss&, std::chrono::milliseconds) override {}
  void on_end(const session::Loss& loss) override {
    loss_ = loss;
    loop_.stop();
  }
  void on_frame(const std::string& text) override {
    if (exit_code_ || fault_) return;
    try {
      std::visit([this](const auto& frame) { on(frame); }, wire::parse_lab_frame(text));
    } catch (const wire::FrameError&) {
      // of a newer server
    }
  }

  void on(const wire::LabOutput& frame) {
    // Of the terminal, which somebody else looks at; or pushed again, since nobody knew whether it had arrived.
    if (frame.command_id.empty() || frame.seq < next_output_) return;
    next_output_ = frame.seq + 1;
    shown_ += frame.data.size();
    if (frame.skipped_bytes > 0) {
      shown_ += static_cast<std::size_t>(frame.skipped_bytes);
      console_.err(fmt::format("[{} bytes were written too fast, and are left out]\n", frame.skipped_bytes));
    }
    console_.out(frame.data);
  }
  /// It has all of the output, of which the begin has been shown; or the end, where all of it was pushed before.
  void show_rest(const std::string& output, bool truncated) {
    if (truncated && shown_ == 0) console_.err("[the begin of the output is left out]\n");
    const std::size_t told = truncated && shown_ > 0 ? output.size() : shown_;
    if (output.size() > told) console_.out(std::string_view(output).substr(told));
  }
  void on(const wire::LabCommandResult& frame) {
    show_rest(frame.output, frame.truncated);
    exit_code_ = frame.exit_code;
    connection_.close();
  }
  void on(const wire::LabSessionEnd&) {
    end(Error(ErrorKind::kFailure, "the session has ended, and the command with it"));
  }
  /// Nothing more is pushed of a command that its session takes with it: what has not been shown is here or nowhere.
  void on(const wire::LabFault& frame) {
    if (frame.truncated && shown_ > 0) {
      console_.err("[the end of the output, once more: some before it may be left out]\n");
      console_.out(frame.output);
    } else {
      show_rest(frame.output, frame.truncated);
    }
    end(Error(ErrorKind::kFailure, "cannot run the command: " + printable(frame.text),
              frame.code.empty() ? "try again later: the lab's server may not be there" : ""));
  }
  void on(const auto&) {}

  void end(Error fault) {
    if (!fault_) fault_ = std::move(fault);
    connection_.close();
  }

  const std::string session_id_;
  const std::string command_;
  const Console& console_;
  net::EventLoop loop_;
  session::LoopLink link_;
  session::Connection connection_;
  const std::chrono::seconds patience_;
  std::size_t shown_ = 0;
  std::int64_t next_output_ = 0;  ///< frames of before are repetitions
  std::optional<int> exit_code_;
  std::optional<Error> fault_;
  session::Loss loss_;
};

std::string command_of_stdin() {
  std::string text;
  char block[4096];
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(block, static_cast<std::size_t>(got));
    if (text.size() > kMostCommand) return text;
  }
}

int run_lab_run(const LabRunOptions& options, Context& context) {
  if (options.words.empty() && context.console.stdin_is_terminal())
    throw Error(ErrorKind::kUsage, "no command to run",
                fmt::format("name one: wsdeep lab run {} -- COMMAND", options.session_id));
  std::string command = options.words.empty() ? command_of_stdin() : join(options.words, " ");
  if (trim(command).empty()) throw Error(ErrorKind::kUsage, "the command is empty");
  if (command.size() > kMostCommand) throw Error(ErrorKind::kUsage, "the command is longer than 16 KiB");
  if (!is_utf8(command)) throw Error(ErrorKind::kUsage, "the command is no UTF-8 text");
  const users::Target target = resolve_target(options.lab.target, context);
  users::current_login(target, context, options.lab.user);
  if (knows_lab(options.lab, target)) lab_api(options.lab, target, context).validate(options.session_id);
  return LabRun(options, std::move(command), target, context).run();
}

}  // namespace

}  // namespace wsdeep::commands
