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

  /// As it is now.
  SessionRecord record() const;
  const std::string& owner() const { return record_.owner; }
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
  bool is_silent() const;

 private:
  static constexpr std::size_t kMostCommands = 4;
  static constexpr std::size_t kMostLeaving = 8;

  /// A client that is told its last words.
  struct Leaving {
    std::unique_ptr<Attachment> attachment;
    net::EventLoop::Subscription patience;
  };

  void serve_control();
  void take_terminal(OwnedDescriptor master);
  void take_output(std::string_view bytes);
  void use();
  void set_size(int cols, int rows);
  InputOrder input_of(const std::string& client);
  void keep_attachments_place();
  void let_go();
  void close(const std::string& reason, int exit_code);

  net::EventLoop& loop_;
  PushClient& client_;
  const SessionTimes& times_;
  SessionRecord record_;  ///< all but the size, which is the screen's
  Ports ports_;
  OwnedDescriptor control_;
  Screen screen_;
  TextStream text_;
  SteadyTime used_ = std::chrono::steady_clock::now();
  SteadyTime screen_rest_end_{};  ///< nobody can attach before it
  std::optional<TerminalIo> terminal_;
  std::unique_ptr<Attachment> attachment_;
  std::string client_name_;        ///< who attached last
  InputOrder client_input_;        ///< what he has typed, as long as he is not attached
  std::uint64_t next_output_ = 0;  ///< the number of it, as long as nobody is attached
  std::map<std::uint64_t, Leaving> leaving_;
  std::uint64_t last_leaving_ = 0;
  std::map<std::string, std::unique_ptr<CommandRun>> commands_;
  std::uint64_t last_command_ = 0;
  std::string end_reason_;
  net::EventLoop::Subscription readable_;
};

}  // namespace wsdeep::lab
