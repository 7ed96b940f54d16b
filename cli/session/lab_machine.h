#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "session/connection.h"
#include "wire/lab_frames.h"

namespace wsdeep::session {

/// Of a terminal, in characters.
struct LabSize {
  int columns = 80;
  int rows = 24;
  friend bool operator==(const LabSize&, const LabSize&) = default;
};

/// The nearest size that a lab's terminal can have: a window may be wider, or of no size at all.
LabSize nearest_lab_size(const LabSize& window);

struct LabOptions {
  std::string session_id;
  LabSize size{};
  ConnectionOptions connection{};
  std::chrono::milliseconds answer_timeout{8'000};  ///< then what was asked is asked again, by attaching again
  std::chrono::milliseconds gap_timeout{2'000};     ///< output that others have overtaken comes, or is lost
};

/// What a terminal of the lab shows, on the machine's thread.
class LabView {
 public:
  virtual ~LabView() = default;
  /// The whole screen anew: what was shown before is nothing any more.
  virtual void on_screen(const std::string& data) = 0;
  virtual void on_output(const std::string& data) = 0;
  /// There is room for keys, perhaps again.
  virtual void on_room() = 0;
  /// Of `bytes` that were typed nobody knows whether they arrived; they are not sent again.
  virtual void on_unsure(std::size_t bytes) = 0;
  /// Keys were thrown away: more was typed without a connection than is held. All that follow are, until it is back.
  virtual void on_discarded() = 0;
  /// The connection stands, and something behind it does not work; it is tried again.
  virtual void on_trouble(const std::string& cause) = 0;
  virtual void on_lost(const Loss& loss, std::chrono::milliseconds wait) = 0;
  /// The terminal's shell is gone. on_end follows.
  virtual void on_session_end(std::optional<int> exit_code, const std::string& reason) = 0;
  /// Another client has the terminal. on_end follows.
  virtual void on_taken(const std::string& reason) = 0;
  /// The last call.
  virtual void on_end(const Loss& loss) = 0;
};

/// One terminal of the lab, over any number of connections. It attaches on each, and again on the same one when output
/// is missing or an answer is; keys go out in order, a few frames at a time, and each once, also over a lost
/// connection, where the server says how far it has taken them. Belongs to its link's thread.
class LabMachine final : private Connection::Owner {
 public:
  LabMachine(Link& link, const Clock& clock, const LabOptions& options, LabView& view);

  void start() { connection_.start(); }
  /// Keys, as they come from a terminal: UTF-8 that may be cut anywhere; what is none becomes U+FFFD.
  void type(std::string_view bytes);
  /// Whether more keys should come now; on_room tells when they may again.
  bool takes_more() const;
  void resize(const LabSize& size);
  /// Has the whole screen drawn anew.
  void repaint();
  /// Lets go of the terminal, which goes on without us.
  void leave();

 private:
  struct Sent {
    std::string data;
    SteadyTime at;
  };

  // ---- Connection::Owner ----
  std::string chat_id() const override { return options_.session_id; }
  bool expects_answer() const override { return attach_sent_ || !sent_.empty() || resize_sent_; }
  void on_open(bool again) override;
  void on_frame(const std::string& frame) override;
  void on_lost(const Loss& loss, std::chrono::milliseconds wait) override;
  void on_end(const Loss& loss) override { view_.on_end(loss); }
  std::optional<SteadyTime> due() const override;
  void on_due() override;

  void attach();
  void attach_later(std::chrono::milliseconds wait);
  void show_held();
  void settle_input(std::optional<std::int64_t> next);
  void pump();
  void send_size();

  void on(const wire::LabScreen& frame);
  void on(const wire::LabOutput& frame);
  void on(const wire::LabInputAck& frame);
  void on(const wire::LabResizeAck& frame);
  void on(const wire::LabCommandResult&) {}
  void on(const wire::LabCommandRunning&) {}
  void on(const wire::LabSessionEnd& frame);
  void on(const wire::LabFault& frame);
  void on(const wire::LabOther&) {}

  const LabOptions options_;
  const Clock& clock_;
  LabView& view_;
  const std::string client_;
  LabSize size_;
  LabSize told_size_;  ///< what the server knows of it, or is being told

  // Where attaching is: none of both is set when the terminal is attached, or nothing is connected.
  bool attached_ = false;
  std::optional<SteadyTime> attach_sent_;  ///< its answer has not come
  std::optional<SteadyTime> attach_at_;    ///< it is to be sent then
  int failures_ = 0;                       ///< of attaching, one after the other

  std::string tail_;  ///< the begin of a character that was typed
  std::string typed_;
  bool discards_ = false;              ///< keys, until it is attached: what is held is a begin, without a hole
  std::map<std::int64_t, Sent> sent_;  ///< by seq, not acknowledged
  std::int64_t next_input_ = 0;
  bool tells_input_ = false;  ///< the server does, with the screen that answers
  std::optional<SteadyTime> resize_sent_;

  std::int64_t next_output_ = 0;
  std::map<std::int64_t, std::string> held_;  ///< output that came too early
  std::size_t held_bytes_ = 0;
  std::optional<SteadyTime> gap_since_;

  bool over_ = false;
  Connection connection_;  // last: it calls back
};

}  // namespace wsdeep::session
