#pragma once

#include <string>
#include <string_view>

#include "chat/chat.h"
#include "chat/utf8_assembler.h"

/// Private to this folder.
namespace wsdeep::chat {

/// How a stream ended.
struct StreamEnd {
  std::string outcome;  ///< completed, gone, lost, or an error category
  std::string cause;    ///< of a failure
  bool whole = false;   ///< the model came to its end: text() is the whole answer, also when the client is gone
  LlmResult result;     ///< when whole
};

/// Brings one answer from the model to one client, as chunks. The rules stand at the top of answer_stream.cpp.
class AnswerStream {
 public:
  /// Stops at `stop_at`, whatever the model does.
  AnswerStream(const TurnKey& turn, std::string_view connection_id, GeneratePorts ports, const Limits& limits,
               SteadyTime stop_at);

  /// Once. When it returns or throws (a port failed) the node has been told to stop.
  StreamEnd run(const LlmRequest& request);

  /// What has arrived so far, well-formed, reasoning included.
  const std::string& text() const { return text_; }
  int frames() const { return static_cast<int>(seq_); }
  /// When the first text arrived.
  std::optional<SteadyTime> first_text_at() const { return first_text_at_; }

 private:
  std::optional<StreamEnd> take(LlmReader::Event event);
  std::optional<StreamEnd> take_text(std::string_view bytes);
  std::optional<StreamEnd> check_text_due();
  std::optional<StreamEnd> flush_when_due();
  std::optional<StreamEnd> pulse_when_due();
  StreamEnd finish(LlmResult result);
  bool post_pending(bool last);
  SteadyTime wake_up_time() const;

  const TurnKey& turn_;
  std::string_view connection_id_;
  GeneratePorts ports_;
  const Limits& limits_;
  SteadyTime stop_at_;

  Utf8Assembler assembler_;
  std::string text_;
  std::string pending_;  ///< the end of text_ that has not been posted
  std::int64_t seq_ = 0;
  std::optional<SteadyTime> first_text_at_;
  SteadyTime text_due_;    ///< later than this, a model without text has stalled
  SteadyTime next_pulse_;  ///< when to say that this turn is alive
  SteadyTime next_post_;   ///< the earliest time for the next chunk
};

}  // namespace wsdeep::chat
