#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "commands/chat/options.h"
#include "commands/commands.h"
#include "commands/session_access.h"
#include "commands/session_error.h"
#include "commands/target.h"
#include "session/connection.h"
#include "session/loop_link.h"
#include "wire/chat_frames.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

struct ConnectOptions {
  TargetOptions target;
  std::string user;
  std::string chat_id;
  std::string origin;
  double wait_seconds = 0;
  std::vector<std::string> exit_on;
};

int run_connect(const ConnectOptions& options, Context& context);

}  // namespace

void add_connect(const Command& app, Context& context) {
  auto options = std::make_shared<ConnectOptions>();
  const Command command =
      app.add_subcommand("connect", "Open a raw authenticated session: stdin and stdout are frames");
  command.add_option("--user", options->user, "whose sign-in to use; without it the one used last");
  command.add_option("--chat", options->chat_id, "resume this chat");
  command.add_option("--origin", options->origin, "send this Origin header, as a browser does");
  command.add_option("--wait", options->wait_seconds, "stay connected this many seconds after stdin has ended")
      .range(0.0, 86400.0);
  command.add_option("--exit-on", options->exit_on, "end when a frame with this action, type or message came");
  command.footer(
      "Each line of stdin is sent as one frame, each received frame is one line of stdout.\n"
      "Exits with 0 when the session was closed normally (1000).\n\n"
      "Example:\n  echo '{\"action\":\"ping\"}' | wsdeep connect --wait 5 --exit-on pong");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_connect(*options, context); });
}

namespace {

/// A peer that still reads what it was sent answers a close frame late.
constexpr std::chrono::seconds kFarewell{3};
/// Beyond this stdin waits.
constexpr std::size_t kMaxQueuedBytes = 256 * 1024;

std::string name_of(const std::string& frame);

/// stdin lines out as frames, received frames out as stdout lines, until one side ends.
class Pipe final : private session::Connection::Owner {
 public:
  Pipe(const ConnectOptions& options, const users::Target& target, Context& context)
      : options_(options),
        console_(context.console),
        link_(loop_, endpoint_of(options, target), chat_token(target, context, options.user)),
        connection_(link_, context.clock, {.reconnect = false}, *this) {}

  int run() {
    const auto signals = loop_.on_signal({SIGINT, SIGTERM}, [this](int) {
      interrupted_ = true;
      connection_.close();
    });
    connection_.start();
    loop_.run();
    return finish();
  }

 private:
  static session::Endpoint endpoint_of(const ConnectOptions& options, const users::Target& target) {
    session::Endpoint endpoint = chat_endpoint(target);
    endpoint.origin = options.origin;
    return endpoint;
  }

  // ---- Connection::Owner ----

  std::string chat_id() const override { return options_.chat_id; }
  bool expects_answer() const override { return false; }
  void on_open(bool) override {
    console_.err("connected\n");
    listen();
  }
  void on_frame(const std::string& frame) override {
    console_.out(frame + "\n");
    const std::string name = name_of(frame);
    const auto& wanted = options_.exit_on;
    if (name.empty() || std::find(wanted.begin(), wanted.end(), name) == wanted.end()) return;
    seen_ = true;
    connection_.close(kFarewell);
  }
  void on_drained() override {
    if (input_ended_ && !farewell_) await_farewell();
    if (!input_ended_ && !input_) listen();
  }
  void on_lost(const session::Loss&, std::chrono::milliseconds) override {}
  void on_end(const session::Loss& loss) override {
    loss_ = loss;
    loop_.stop();
  }

  // ---- stdin ----

  void listen() {
    input_ = loop_.on_readable(STDIN_FILENO, [this] { on_input(); });
  }

  /// No faster than the connection takes it: what we hold would be lost with the connection, and fill our memory.
  void on_input() {
    char block[16384];
    const ssize_t got = ::read(STDIN_FILENO, block, sizeof block);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got > 0) pending_.append(block, static_cast<std::size_t>(got));
    send_lines(got <= 0);
    input_ended_ = got <= 0;
    if (input_ended_ || connection_.queued_bytes() > kMaxQueuedBytes) input_.cancel();
    if (input_ended_ && connection_.queued_bytes() == 0) await_farewell();
  }

  void await_farewell() {
    const auto wait =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(options_.wait_seconds));
    farewell_ = loop_.after(wait, [this] { connection_.close(kFarewell); });
  }

  void send_lines(bool at_end) {
    std::size_t start = 0;
    for (std::size_t end; (end = pending_.find('\n', start)) != std::string::npos; start = end + 1)
      send(pending_.substr(start, end - start));
    pending_.erase(0, start);
    if (at_end) send(std::exchange(pending_, {}));
    if (pending_.size() > wire::kMaxMessageBytes) {
      fault_ = Error(ErrorKind::kUsage, "a line on stdin is longer than 128 KiB, API Gateway's limit on a message");
      connection_.close();
    }
  }

  void send(const std::string& text) {
    if (!trim(text).empty() && !connection_.send(text)) ++dropped_;
  }

  // ---- the end ----

  /// `, 3 frames were not sent`, or nothing.
  std::string lost_frames() const {
    const std::size_t lost = loss_.unsent + dropped_;
    if (lost == 0) return {};
    return fmt::format("; {} frame{} not sent", lost, lost == 1 ? " was" : "s were");
  }

  int finish() {
    if (fault_) throw *fault_;
    if (interrupted_)
      throw Error(ErrorKind::kInterrupted, "interrupted: the connection was closed (1000)" + lost_frames());
    if (loss_.close_code == 0) throw chat_error("cannot connect", loss_);
    if (loss_.close_code != 1000) throw Error(ErrorKind::kFailure, loss_.cause + lost_frames());
    if (!options_.exit_on.empty() && !seen_)
      throw Error(ErrorKind::kFailure,
                  fmt::format("closed (1000) before {} came{}", join(options_.exit_on, " or "), lost_frames()));
    if (!lost_frames().empty()) throw Error(ErrorKind::kFailure, "closed (1000)" + lost_frames());
    console_.err("closed (1000)\n");
    return 0;
  }

  const ConnectOptions& options_;
  const Console& console_;
  net::EventLoop loop_;
  session::LoopLink link_;
  session::Connection connection_;
  net::EventLoop::Subscription input_;
  net::EventLoop::Subscription farewell_;
  std::string pending_;
  session::Loss loss_;
  std::optional<Error> fault_;
  std::size_t dropped_ = 0;  ///< after the connection was closed
  bool input_ended_ = false;
  bool interrupted_ = false;
  bool seen_ = false;
};

int run_connect(const ConnectOptions& options, Context& context) {
  const users::Target target = resolve_target(options.target, context);
  return Pipe(options, target, context).run();
}

/// What a frame is called by `--exit-on`: its `action`, else its `type`, else its `message`.
std::string name_of(const std::string& frame) {
  const auto json = wire::try_read_json(frame);
  if (!json.is_object()) return {};
  for (const char* key : {"action", "type", "message"})
    if (const auto found = json.find(key); found != json.end() && found->is_string()) return found->get<std::string>();
  return {};
}

}  // namespace

}  // namespace wsdeep::commands
