#pragma once

#include <memory>
#include <optional>
#include <string>

#include "chat/chat.h"
#include "chat/rest_ports.h"
#include "chat/utf8_assembler.h"

/// Private to this folder.
namespace wsdeep::chat {

/// How a stream ended.
struct RestStreamEnd {
  std::string outcome;  ///< empty: whole; else gone, lost, or an error category
  std::string cause;    ///< of a failure
  LlmResult result;     ///< when whole
  std::string words{};  ///< of a failure: the engine's own
  std::optional<std::chrono::milliseconds> retry_after{};
};

/// Brings one answer from the model to one listener, and keeps the chat meanwhile. The rules are those of
/// answer_stream.cpp, without what belongs to posts: who listens is there, or is not.
class RestAnswerStream {
 public:
  RestAnswerStream(const RestChat& chat, RestPorts ports, const Limits& limits, SteadyTime stop_at,
                   RestListener& listener);

  /// Once. A port that fails throws.
  RestStreamEnd run(const LlmRequest& request);
  /// Tells the node to stop.
  void stop() { reader_.reset(); }
  /// The answer as far as it has arrived, well-formed, without reasoning. One that began anew is the old one until it
  /// has a word of its own, or has ended well.
  const std::string& text() const { return answer_.empty() ? void_answer_ : answer_; }
  std::optional<SteadyTime> first_text_at() const { return first_text_at_; }

 private:
  using End = std::optional<RestStreamEnd>;

  void start();
  End take(LlmReader::Event event);
  End take_chunks(const std::vector<LlmChunk>& chunks);
  bool tell(const LlmChunk& chunk);
  End check_due() const;
  End pulse_when_due();
  End fail(LlmFailure failure);
  RestStreamEnd finish(LlmResult result);
  RestStreamEnd out_of_time() const;

  const RestChat& chat_;
  RestPorts ports_;
  const Limits& limits_;
  SteadyTime stop_at_;
  RestListener& listener_;
  LlmRequest request_;
  std::unique_ptr<LlmReader> reader_;
  Utf8Assembler answer_bytes_;
  Utf8Assembler reasoning_bytes_;
  std::string answer_;
  std::string void_answer_;   ///< what a node said that went
  std::size_t received_ = 0;  ///< bytes, of all kinds
  int beginnings_ = 0;
  std::optional<SteadyTime> first_text_at_;
  std::optional<SteadyTime> no_node_since_;
  SteadyTime text_due_;
  SteadyTime next_pulse_;
  SteadyTime alive_at_;  ///< when the chat was last held on to
};

}  // namespace wsdeep::chat
