#pragma once

#include <string>
#include <string_view>

#include "llm/outcome.h"

/// Whether an answer is whole. Private to cli/llm.
namespace wsdeep::llm {

/// What a finish reason says of an answer.
enum class ReasonKind {
  kNothing,  ///< null, "", and "null" as text: the answer goes on
  kEnd,      ///< it is over
  kFailure,  ///< it broke off: abort, error, …
};
ReasonKind kind_of_reason(std::string_view reason);
/// `eos_token` is `stop`, `max_tokens` is `length` …: engines' names for what clients know by OpenAI's.
std::string common_reason(std::string_view reason);

/// How the body of an answer ended.
enum class BodyEnd {
  kFramed,    ///< where its length, or its last chunk, says
  kUnframed,  ///< with the connection, as bodies without a length do: nobody knows whether it was cut
  kBroken,
};

/// The end of a stream, for every dialect:
///
///   kOpen ──reason, alone or after text without one──► kEnded ──more text──► kOpen
///     │ └───reason with the first text──► kDoubtful ──text without one──► kOpen
///     └─────[DONE], `done:true`──► kDone, from every state but kFailed
///     └─────error, abort──► kFailed, from kOpen and kDoubtful
///
/// Some engines put `stop` into every piece, so that a reason says something only when there was text without one, or
/// when it comes alone. What an engine says after the end, an error too, changes nothing. A body that breaks: whole in
/// kEnded and kDone. One that ends where it should: whole in kDoubtful too. A stream without any reason is whole by its
/// [DONE] alone.
class AnswerEnd {
 public:
  /// A piece: its reason ("" when it has none), and whether it brings text or reasoning.
  void piece(std::string_view reason, bool has_text);
  void done();
  void fail(LlmFault fault, std::string words);

  /// Nothing that may follow is of interest.
  bool is_over() const { return state_ == State::kDone || state_ == State::kFailed; }
  /// Whether the answer is whole also when its body breaks here.
  bool stands() const { return state_ == State::kEnded || is_over(); }
  /// Something went wrong after the end.
  bool failed_late() const { return failed_late_; }
  LlmOutcome verdict(BodyEnd end) const;

 private:
  enum class State { kOpen, kDoubtful, kEnded, kDone, kFailed };

  State state_ = State::kOpen;
  std::string reason_;
  bool text_without_reason_ = false;
  bool failed_late_ = false;
  LlmFault fault_ = LlmFault::kInternal;
  std::string words_;
};

}  // namespace wsdeep::llm
