#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "session/link.h"
#include "wire/chat_frames.h"

namespace wsdeep::session {

/// What a finished turn took, as its reader saw it.
struct TurnStats {
  std::chrono::nanoseconds ttft{0};  ///< from asking to the first text
  std::chrono::nanoseconds duration{0};
  std::optional<Usage> usage;  ///< as the node counted; nothing: it did not say
  std::int64_t frames = 0;
  int sends = 0;  ///< 1, but for a question that was sent again on another connection

  /// From the first text on; 0 when that is too short to say, or unknown.
  double tokens_per_second() const;
};

/// `48 tokens (20 reasoning) · 96 of 120 prompt tokens cached`, as far as it is known.
std::string describe(const Usage& usage);
/// `TTFT 152ms · 48 tokens · 49.1 tokens/s · 1.1s`
std::string describe(const TurnStats& stats);

/// What a failed turn is called when no server said so.
inline constexpr const char* kConnectionLost = "connection_lost";
inline constexpr const char* kNoAnswer = "no_answer";

/// Who looks at a TurnMachine. It only shows: every decision has been made. All calls on the link's thread.
class TurnView {
 public:
  virtual ~TurnView() = default;

  // A turn: accepted, then any number of texts, then completed or failed. Resumed and restarted may come between.
  virtual void on_accepted(const wire::Accepted& frame) = 0;
  /// What the answer waits for, before its first text, as its server has it: for a person; each time that it changes.
  virtual void on_waiting(const std::string& text) = 0;
  /// One without text brings tokens alone.
  virtual void on_text(const LlmChunk& piece) = 0;
  /// The answer goes on, on another connection than it began.
  virtual void on_resumed() = 0;
  /// The answer begins again: the text so far is not part of it.
  virtual void on_restarted() = 0;
  virtual void on_completed(const wire::Completion& frame, const TurnStats& stats) = 0;
  /// It has ended without an answer, or was cancelled.
  virtual void on_failed(const wire::ErrorFrame& failure) = 0;

  // A command: done, or refused.
  virtual void on_done(const wire::Notice& frame) = 0;
  virtual void on_history(const wire::HistoryPage& page) = 0;
  virtual void on_refused(const wire::ErrorFrame& failure) = 0;

  // What comes unasked, and ends nothing.
  virtual void on_notice(const std::string& title, const std::string& text) = 0;
  virtual void on_room_message(const wire::RoomMessage& frame) = 0;
  virtual void on_presence(const wire::Presence& frame) = 0;

  // The connection.
  virtual void on_open(bool again) = 0;
  /// It will be opened again after `wait`. A turn goes on then, unless it was told as failed.
  virtual void on_lost(const Loss& loss, std::chrono::milliseconds wait) = 0;
  /// The last call: a turn or a command that was under way is over too.
  virtual void on_end(const Loss& loss) = 0;
};

/// A view that shows nothing: for those who want a few of the calls only.
class QuietView : public TurnView {
 public:
  void on_accepted(const wire::Accepted&) override {}
  void on_waiting(const std::string&) override {}
  void on_text(const LlmChunk&) override {}
  void on_resumed() override {}
  void on_restarted() override {}
  void on_completed(const wire::Completion&, const TurnStats&) override {}
  void on_failed(const wire::ErrorFrame&) override {}
  void on_done(const wire::Notice&) override {}
  void on_history(const wire::HistoryPage&) override {}
  void on_refused(const wire::ErrorFrame&) override {}
  void on_notice(const std::string&, const std::string&) override {}
  void on_room_message(const wire::RoomMessage&) override {}
  void on_presence(const wire::Presence&) override {}
  void on_open(bool) override {}
  void on_lost(const Loss&, std::chrono::milliseconds) override {}
  void on_end(const Loss&) override {}
};

}  // namespace wsdeep::session
