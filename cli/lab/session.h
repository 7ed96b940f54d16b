#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/descriptor.h"
#include "lab/attachment.h"
#include "lab/command_run.h"
#include "lab/screen.h"
#include "lab/session_records.h"
#include "lab/terminal_io.h"

namespace wsdeep::lab {

struct SessionTimes {
  std::chrono::milliseconds idle{30 * 60'000};
  CommandTimes command;
};

/// Whether a terminal may have it (wire/lab_frames.h).
bool is_size(std::int64_t cols, std::int64_t rows);

/// Who sent a message, and where what comes later goes.
struct MessageSource {
  std::string connection;
  std::string push_url;  ///< empty: nothing can be pushed
};

/// A session while it runs: its jail's control socket, terminal, screen, commands, and the client that is attached. On
/// one loop. Messages' answers are frames.
class Session : public std::enable_shared_from_this<Session> {
 public:
  using Answer = std::function<void(std::string frame)>;

  struct Ports {
    /// The shell's terminal is there; or, with a text, why there is none.
    std::function<void(std::string fault)> started;
    /// The jail is to be killed.
    std::function<void()> kill;
  };

  Session(net::EventLoop& loop, PushClient& client, const SessionTimes& times, SessionRecord record, Ports ports)
      : loop_(loop),
        client_(client),
        times_(times),
        record_(std::move(record)),
        ports_(std::move(ports)),
        screen_(record_.cols, record_.rows) {}

  /// `control` as Keeper::start gives it.
  void begin(OwnedDescriptor control);

  const SessionRecord& record() const { return record_; }
  bool is_over() const { return record_.ended; }
  /// When it ends unless somebody uses it.
  SteadyTime idle_end() const { return used_ + times_.idle; }

  void command(const std::string& text, const MessageSource& source, Answer answer);
  std::string resize(int cols, int rows);
  /// A `client` that attaches again, under a name of its own choice, goes on with its input where it was; empty: it has
  /// none.
  std::string attach(int cols, int rows, const std::string& client, const MessageSource& source);
  std::string input(const MessageSource& source, std::uint64_t number, std::string text);
  std::string detach(const MessageSource& source);
  /// A connection is gone.
  void drop_connection(const std::string& connection);

  /// Ends it, for `reason` (lab/session_records.h): the jail is killed, and whoever is attached told.
  void end(const std::string& reason);
  /// The jail is gone.
  void jail_ended(int exit_code);
  /// Nothing is left to be said to anybody.
  bool is_silent() const { return is_over() && commands_.empty() && (!attachment_ || attachment_->is_done()); }

 private:
  static constexpr std::size_t kMostCommands = 4;

  void serve_control();
  void take_terminal(OwnedDescriptor master);
  void take_output(std::string_view bytes);
  void use();
  InputOrder input_of(const std::string& client);
  void keep_input();
  void close(const std::string& reason, int exit_code);

  net::EventLoop& loop_;
  PushClient& client_;
  const SessionTimes& times_;
  SessionRecord record_;
  Ports ports_;
  OwnedDescriptor control_;
  Screen screen_;
  TextStream text_;
  SteadyTime used_ = std::chrono::steady_clock::now();
  std::optional<TerminalIo> terminal_;
  std::unique_ptr<Attachment> attachment_;
  std::string client_name_;  ///< who attached last
  InputOrder client_input_;  ///< what he has typed, as long as he is not attached
  std::map<std::string, std::unique_ptr<CommandRun>> commands_;
  std::uint64_t last_command_ = 0;
  std::string end_reason_;
  net::EventLoop::Subscription readable_, last_words_;
};

}  // namespace wsdeep::lab
