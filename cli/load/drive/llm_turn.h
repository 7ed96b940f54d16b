#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "llm/outcome.h"
#include "load/turn/turn_record.h"
#include "wire/llm.h"

namespace wsdeep::load {

/// Fills the record of one turn from what its stream tells, to the word of loadtest's definitions. One thread at a
/// time.
class LlmTurn {
 public:
  /// `record` holds what is known before the send. `keeps_answer`: the next turn needs the answer's text.
  LlmTurn(TurnRecord record, bool keeps_answer) : record_(std::move(record)), keeps_answer_(keeps_answer) {}

  /// A message came at `at`, whose chunks follow.
  void on_message(Micros at, std::size_t bytes);
  void on_chunk(const LlmChunk& chunk);
  /// `node_before`: that of the conversation's last answer, or empty. `given_up_at`: when we cancelled it; kNever: we
  /// did not.
  void on_end(Micros at, const llm::LlmOutcome& outcome, const std::string& node_before, Micros given_up_at);

  TurnRecord& record() { return record_; }
  /// Those that had come then, as the node counts.
  std::int64_t tokens_by(Micros at) const;
  /// Without its reasoning.
  std::string& answer() { return answer_; }

 private:
  void add_text(const LlmChunk& chunk);
  void count_tokens(const llm::LlmOutcome& outcome);

  TurnRecord record_;
  const bool keeps_answer_;
  std::string answer_;
  Micros message_at_ = kNever;
  bool has_piece_ = false;  ///< the message that is being told has brought text
  std::int64_t node_tokens_ = 0;
  std::int64_t node_reasoning_tokens_ = 0;
  std::uint64_t text_bytes_ = 0;
};

}  // namespace wsdeep::load
