#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "session/answer.h"
#include "session/connection.h"
#include "session/link.h"
#include "session/turn_view.h"
#include "wire/chat_frames.h"

namespace wsdeep::session {

struct TurnOptions {
  std::string chat_id{};  ///< the chat to take up; empty: a new one
  ConnectionOptions connection{};
  /// A question or a command of which nothing was heard for so long, connected or not, is told as failed.
  std::chrono::milliseconds answer_timeout{120'000};
  /// On a connection that lives: then it is sent again, as a frame may be lost on the server's side.
  std::chrono::milliseconds ask_again_after{30'000};
  std::chrono::milliseconds command_timeout{30'000};
  bool timings = false;  ///< ask when each token was generated
};

/// One chat of a client, over any number of connections: which chat it is, which question is unanswered, and whether
/// the peer lives. One question or command at a time. Belongs to its link's thread; has neither a thread nor a timer
/// of its own, and keeps of a turn its question only.
class TurnMachine final : private Connection::Owner {
 public:
  TurnMachine(Link& link, const Clock& clock, TurnOptions options, TurnView& view);

  void start() { connection_.start(); }
  /// Only when nothing is asked. Sent as soon as the connection is open; again, under the same id, when it broke.
  /// `/clear` is a command.
  void ask(const std::string& text, const GenerationParameters& parameters);
  void new_conversation();
  void clear();
  void history(int limit);
  /// Gives up what is asked. A question that the server has ends when the server says so, another one at once.
  void cancel();
  /// Ends it; `on_end` follows within half a second.
  void close() { connection_.close(); }

  /// Loses the connection that is open, as when the network breaks: it is opened again, and what is asked goes on.
  void lose(const std::string& cause) { connection_.lose(cause); }

  bool answering() const { return question_.has_value(); }
  const std::string& current_chat() const { return chat_id_; }
  const ConnectionState& state() const { return connection_.state(); }

 private:
  struct Question {
    std::string id;  ///< ours, and the turn's, unless the server knows no ids but its own
    wire::MessageFrame frame;
    std::string foreign_id;      ///< the server's own
    bool sent = false;           ///< on this connection
    bool await_receipt = false;  ///< sent, and this sending is not acknowledged yet
    bool acknowledged = false;
    bool cancel_wanted = false;
    bool begins_again = false;  ///< in mid-answer: from the next piece on, if that is the first one
    int sends = 0;
    SteadyTime asked_at;
    SteadyTime sent_at;
    SteadyTime progress_at;
    std::optional<SteadyTime> doubtful_since;  ///< something failed before the receipt, perhaps this sending
    std::optional<SteadyTime> first_text_at;
    Answer answer;
    std::string waits_for;  ///< as the server has said

    /// Its server is at it, though the receipt may have been lost on the way.
    void hear(SteadyTime now) {
      acknowledged = true;
      progress_at = now;
    }
    bool is(const std::string& message_id) const {
      return message_id == id || (!foreign_id.empty() && message_id == foreign_id);
    }
  };
  enum class Request { kNew, kClear, kHistory };
  struct Command {
    Request request;
    std::string frame;
    bool waited_for = true;  ///< false: its end is a mere notice
    bool sent = false;
    int sends = 0;
    SteadyTime asked_at;
    SteadyTime sent_at;

    std::string_view action() const {
      return request == Request::kHistory ? "history" : request == Request::kNew ? "new_conversation" : "message";
    }
  };
  /// Whether the server takes a question's id from us: only then may a question be sent twice without being done twice.
  enum class Ids { kUnknown, kOurs, kForeign };

  // ---- Connection::Owner ----
  std::string chat_id() const override { return chat_id_; }
  bool expects_answer() const override;
  void on_open(bool again) override;
  void on_frame(const std::string& frame) override;
  void on_lost(const Loss& loss, std::chrono::milliseconds wait) override;
  void on_end(const Loss& loss) override;
  std::optional<SteadyTime> due() const override;
  void on_due() override;

  // ---- sending ----
  void command(Request request, std::string frame);
  void pump();
  void send_command();
  void send_question();
  void take_chat(const std::string& chat_id);
  void send_cancel(const std::string& message_id);

  // ---- frames ----
  void on(const wire::Accepted& frame);
  void on(const wire::Chunk& frame);
  void on(const wire::Completion& frame);
  void on(const wire::ErrorFrame& frame);
  void on(const wire::Notice& frame);
  void on(const wire::HistoryPage& frame);
  void on(const wire::Pong&) {}
  void on(const wire::UnknownAction& frame);
  void on(const wire::RoomMessage& frame);
  void on(const wire::Presence& frame);
  void on(const wire::GatewayNotice& frame);
  void wait_on(const wire::Accepted& frame);
  bool adopt(const wire::Accepted& frame);
  bool begins_again(const wire::Accepted& frame);
  void restart();
  Question* current(const std::string& message_id);
  bool may_ask_again() const;
  bool may_be_doubted(const wire::ErrorFrame& failure) const;
  SteadyTime ask_again_at() const;
  bool command_awaits() const { return command_ && command_->sent; }
  bool question_awaits() const { return question_ && question_->sent && !question_->acknowledged; }
  /// Whether a failure of a frame of that action may be about what awaits an answer; empty: of whichever frame.
  bool may_be_of_what_awaits(std::string_view action) const {
    return action.empty() || action == (command_awaits() ? command_->action() : "message");
  }

  // ---- ending ----
  void fail_what_awaits(const wire::ErrorFrame& failure);
  void fail_turn(const wire::ErrorFrame& failure);
  void refuse_command(const wire::ErrorFrame& failure);
  void stop_waiting_for_command(const wire::ErrorFrame& failure);
  void abandon_turn(const wire::ErrorFrame& failure);
  wire::ErrorFrame failure(std::string title, std::string text, std::string category) const;
  std::optional<wire::ErrorFrame> lost_for_good(const Loss& loss) const;
  std::string silence() const;
  void look_after_command(SteadyTime now);
  void look_after_question(SteadyTime now);

  const Clock& clock_;
  const TurnOptions options_;
  TurnView& view_;
  std::string chat_id_;
  bool chat_named_ = false;  ///< by the server: it is there, and questions say that they are for it
  std::optional<Question> question_;
  std::optional<Command> command_;
  std::string abandoned_;  ///< a turn that the server may still run: it is told as soon as it can be
  std::string last_id_;    ///< of the turn before: what comes late for it is not for this one
  Ids ids_ = Ids::kUnknown;
  Connection connection_;
};

}  // namespace wsdeep::session
