#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/chat.h"
#include "chat/utf8_assembler.h"
#include "wire/think_tags.h"
#include "wire/token_tally.h"

/// Private to this folder.
namespace wsdeep::chat {

/// How a stream ended.
struct StreamEnd {
  std::string outcome;  ///< completed, gone, lost, or an error category
  std::string cause;    ///< of a failure
  bool whole = false;   ///< the model came to its end: text() is the whole answer, also when the client is gone
  LlmResult result;     ///< when whole
  std::string words{};  ///< of a failure: the engine's own
  std::optional<std::chrono::milliseconds> retry_after{};  ///< of a failure: when to ask again
  std::string text{};  ///< of a failure: what is said of it to the client, if not what its category says
};

/// Where an answer goes.
struct Recipient {
  std::string connection_id;
  bool separate_reasoning = false;  ///< else reasoning is part of the text, between tags
};

/// Brings one answer from the model to one client, as chunks. The rules stand at the top of answer_stream.cpp.
class AnswerStream {
 public:
  /// Stops at `stop_at`, whatever the model does.
  AnswerStream(const TurnKey& turn, const Recipient& recipient, GeneratePorts ports, const Limits& limits,
               SteadyTime stop_at);

  /// Once. A port that fails throws.
  StreamEnd run(const LlmRequest& request);
  /// After a `gone` that is not whole, and move_to(): goes on with the frame that was refused.
  StreamEnd run_on();
  /// Tells the node to stop.
  void stop() { reader_.reset(); }

  /// The client is at another connection now, and may have missed what was posted a moment ago: that is posted again.
  void move_to(std::string_view connection_id);
  /// Posts what waits. False when the client is gone; a post that fails is left.
  bool flush() { return post_waiting() != Posted::kGone; }

  /// The answer as far as it has arrived, well-formed, without reasoning.
  const std::string& text() const { return answer_.text; }
  /// The part of it that was posted.
  std::string shown_text() const { return begins_again_ ? seen_before_ : answer_.text.substr(0, shown_bytes_); }
  /// Puts the whole answer into `completion`, as its client reads it.
  void fill(wire::Completion& completion) const;
  const std::string& connection_id() const { return connection_id_; }
  /// Chunks made, each counted once.
  int frames() const { return static_cast<int>(void_chunks_ + seq_); }
  /// Why the last post failed; empty when nothing waits.
  std::string unposted_cause() const { return outbox_.empty() ? "" : post_cause_; }
  /// When the first text arrived.
  std::optional<SteadyTime> first_text_at() const { return first_text_at_; }

 private:
  enum class Posted { kAll, kGone, kFailed };
  /// One chunk, encoded: sent again it has the same bytes.
  struct Frame {
    std::string bytes;
    std::size_t text_end = 0;  ///< of answer_
    int recasts = 0;           ///< of recasts_, when it was cut
    SteadyTime posted_at{};
  };
  /// What the model said, or thought.
  struct Channel {
    Utf8Assembler assembler;
    std::string text;
  };
  /// Text that is in no chunk yet.
  struct Piece {
    enum class Kind { kAnswer, kReasoning, kTag, kRecast };
    Kind kind = Kind::kAnswer;
    std::string text;
    wire::TokenTally tokens{};

    bool empty() const { return text.empty() && tokens.empty(); }
  };

  std::optional<StreamEnd> start();
  std::optional<StreamEnd> take(LlmReader::Event event);
  std::optional<StreamEnd> fail(LlmFailure failure);
  bool may_begin_anew() const;
  std::optional<StreamEnd> begin_anew();
  void tell_beginning();
  std::optional<StreamEnd> take_chunks(const std::vector<LlmChunk>& chunks);
  void add(LlmChunk chunk);
  void recast();
  void pend(Piece piece);
  std::optional<StreamEnd> await_node(LlmFailure failure);
  std::optional<StreamEnd> tell_wait_when_due();
  StreamEnd out_of_time() const;
  std::optional<StreamEnd> check_text_due();
  std::optional<StreamEnd> post_when_due();
  std::optional<StreamEnd> pulse_when_due();
  StreamEnd finish(LlmResult result);
  Posted post_waiting();
  Posted post_front();
  bool cut_chunk();
  bool cut_piece(wire::Chunk& chunk);
  void cut_tokens(wire::TokenTally& tokens, wire::Chunk& chunk) const;
  void forget_old_posts();
  bool anything_waits() const { return !pending_.empty() || !outbox_.empty(); }
  SteadyTime wake_up_time() const;

  const TurnKey& turn_;
  std::string connection_id_;
  const bool separate_;
  GeneratePorts ports_;
  const Limits& limits_;
  SteadyTime stop_at_;
  LlmRequest request_;
  std::unique_ptr<LlmReader> reader_;

  Channel answer_;
  Channel reasoning_;
  wire::ThinkTagger tagger_;     ///< for a client that looks for tags …
  std::string tagged_;           ///< … and the whole as it reads it
  std::size_t shown_bytes_ = 0;  ///< of answer_
  std::size_t cut_bytes_ = 0;    ///< of answer_, in chunks
  int recasts_ = 0;              ///< how often what was the answer turned out to be reasoning
  std::deque<Piece> pending_;
  wire::TokenTally textless_;  ///< tokens that wait for the text after them
  bool counted_ = false;       ///< the node says how many tokens there are
  bool at_end_ = false;        ///< the model has come to its end, and the last chunk is to be cut
  std::int64_t seq_ = 0;
  std::int64_t void_chunks_ = 0;  ///< before the answer began anew
  int beginnings_ = 0;
  bool begins_again_ = false;  ///< with the next chunk
  std::string seen_before_;    ///< of the answer that is void then
  std::deque<Frame> outbox_;   ///< to be posted, in order
  std::deque<Frame> recent_;   ///< posted not long ago
  int post_failures_ = 0;      ///< in a row
  std::string post_cause_;
  std::optional<SteadyTime> first_text_at_;
  std::optional<SteadyTime> no_node_since_;  ///< until there is text
  SteadyTime next_word_{};                   ///< when to say that there is still none
  SteadyTime text_due_;                      ///< later than this, a model without text has stalled
  SteadyTime alive_at_;                      ///< when this turn last said so
  SteadyTime next_pulse_;                    ///< when to say so again
  SteadyTime next_post_;                     ///< the earliest time for the next post
};

}  // namespace wsdeep::chat
