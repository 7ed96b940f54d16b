#include <fmt/format.h>

#include "base/text.h"
#include "chat/answer_stream.h"
#include "chat/chat.h"
#include "chat/failures.h"
#include "chat/prompt.h"
#include "chat/room.h"

namespace wsdeep::chat {
namespace {

/// A client that moves from connection to connection while its turn ends is at the next one soon.
constexpr int kMaxMovesAtEnd = 5;

/// Where the client is: a chat that was resumed elsewhere knows better than the event.
std::string_view connection_of(const wire::GenerateEvent& event, const Claim& claim) {
  const bool knows = claim.state == Claim::State::kMine || claim.state == Claim::State::kAbandoned;
  return knows && !claim.chat.connection_id.empty() ? claim.chat.connection_id : event.connection_id;
}

/// One claimed turn, to its end. The turn is ended in the tables before the client hears of the end: who answers at
/// once must not be told `busy`.
class Generation {
 public:
  Generation(const wire::GenerateEvent& event, const Claim& claim, GeneratePorts ports, const Limits& limits,
             SteadyTime deadline)
      : event_(event),
        claim_(claim),
        turn_{event.chat_id, event.message_id, event.accepted_at_ms},
        ports_(ports),
        limits_(limits),
        started_at_(ports.clock.steady_now()),
        stream_(turn_, {std::string(connection_of(event, claim)), event.separate_reasoning}, ports, limits,
                deadline - kDeadlineMargin) {}

  GenerateReport run() noexcept;

 private:
  void run_claimed();
  void answer();
  LlmRequest request_for(const Chat& chat) const;
  bool follow_client();
  void complete(const StreamEnd& end);
  Ended::Verdict store_whole(const StreamEnd& end) noexcept;
  void tell_completed(const StreamEnd& end) noexcept;
  void fail(std::string_view outcome, std::string_view cause, const StreamEnd& end = {}) noexcept;
  TurnEnd unfinished(std::string_view outcome) const;
  Ended::Verdict end_turn(TurnEnd end);
  std::optional<Delivery> post(const std::string& frame) noexcept;
  void forget_connection() noexcept;
  void note(std::string_view cause);

  std::int64_t ms_until(SteadyTime time) const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time - started_at_).count();
  }
  std::int64_t now_ms() const { return epoch_ms(ports_.clock.now()); }

  const wire::GenerateEvent& event_;
  const Claim& claim_;
  TurnKey turn_;
  GeneratePorts ports_;
  const Limits& limits_;
  SteadyTime started_at_;
  AnswerStream stream_;
  GenerateReport report_;
  bool ended_ = false;
};

GenerateReport Generation::run() noexcept {
  try {
    run_claimed();
  } catch (const std::exception& failure) {
    fail(category_of(failure), failure.what());
  }
  report_.frames = stream_.frames();
  if (stream_.first_text_at()) report_.ttft_ms = ms_until(*stream_.first_text_at());
  report_.duration_ms = ms_until(ports_.clock.steady_now());
  return std::move(report_);
}

void Generation::run_claimed() {
  switch (claim_.state) {
    case Claim::State::kMine:
      return answer();
    case Claim::State::kAbandoned:
      return fail("internal", "an earlier run of this turn died");
    case Claim::State::kSuperseded:
      return fail("busy", "another turn took the chat before this one was claimed");
    case Claim::State::kNoChat:
      return fail("chat_expired", "the chat is not there any more");
    case Claim::State::kDuplicate:
      report_.outcome = "duplicate";
  }
}

void Generation::answer() {
  const LlmRequest request = request_for(claim_.chat);
  if (request.messages.empty()) return fail("internal", "the question is not in the history");
  StreamEnd end = stream_.run(request);
  while (end.outcome == "gone" && !end.whole && follow_client()) end = stream_.run_on();
  if (end.whole) return complete(end);
  // What the model said before it failed has been paid for.
  if (end.outcome != "gone" && end.outcome != "lost" && end.outcome != "cancelled") stream_.flush();
  fail(end.outcome, end.cause, end);
}

LlmRequest Generation::request_for(const Chat& chat) const {
  LlmRequest request;
  request.messages = read_conversation(ports_.chats, chat, turn_, limits_);
  if (!request.messages.empty()) request.prompt = flatten(request.messages);
  request.parameters = event_.parameters;
  request.session_id = event_.chat_id;
  request.session_owner = "chat\n" + chat.user_id;
  request.request_id = event_.message_id;
  request.sticky_cookie = chat.sticky_cookie;
  request.timings = event_.timings;
  return request;
}

/// Ends the turn of a client that is gone, unless it is back on another connection: one step, so that it cannot come
/// back in between unseen.
bool Generation::follow_client() {
  TurnEnd end = unfinished("gone");
  end.connection_id = stream_.connection_id();
  const Ended ended = ports_.chats.end_turn(turn_, end);
  ended_ = ended.verdict != Ended::Verdict::kMoved;
  if (ended_) return false;
  stream_.move_to(ended.connection_id);
  return true;
}

/// An answer that came to its end is stored also when nobody listens any more: the client finds it in the history.
void Generation::complete(const StreamEnd& end) {
  report_.outcome = end.outcome;
  report_.usage = end.result.usage;
  report_.node_id = end.result.node_id;
  const std::string connection_before = stream_.connection_id();
  const Ended::Verdict verdict = store_whole(end);
  if (verdict == Ended::Verdict::kElsewhere) {
    report_.outcome = "lost";
    return note("another run took the turn over");
  }
  if (stream_.connection_id() != connection_before) report_.outcome = stream_.flush() ? "completed" : "gone";
  if (report_.outcome == "gone") return forget_connection();
  tell_completed(end);
}

/// An answer that cannot be stored must not keep the chat.
Ended::Verdict Generation::store_whole(const StreamEnd& end) noexcept {
  TurnEnd whole;
  whole.ending = {"completed", end.result.finish_reason, end.result.usage};
  whole.sticky_cookie = end.result.sticky_cookie;
  try {
    whole.answer = std::string(trim(stream_.text()));
    const Ended::Verdict verdict = end_turn(whole);
    report_.stored = verdict == Ended::Verdict::kEnded;
    if (verdict == Ended::Verdict::kNoChat) note("cannot store the answer: the chat is not there any more");
    return verdict;
  } catch (const std::exception& failure) {
    note(fmt::format("cannot store the answer: {}", failure.what()));
  }
  try {
    whole.answer.reset();
    return end_turn(whole);
  } catch (const std::exception& failure) {
    note(fmt::format("cannot end the turn: {}", failure.what()));
  }
  return Ended::Verdict::kEnded;  // as far as the client is concerned; the expiry frees the chat
}

void Generation::tell_completed(const StreamEnd& end) noexcept {
  wire::Completion completion;
  stream_.fill(completion);
  completion.message_id = event_.message_id;
  completion.chat_id = event_.chat_id;
  completion.finish_reason = end.result.finish_reason;
  completion.usage = end.result.usage;
  completion.ttft_ms = stream_.first_text_at() ? ms_until(*stream_.first_text_at()) : 0;
  completion.duration_ms = ms_until(ports_.clock.steady_now());
  completion.timestamp_ms = now_ms();
  completion.stored = report_.stored;
  if (!stream_.unposted_cause().empty()) note("cannot post all of the answer: " + stream_.unposted_cause());
  const auto delivery = post(encode(completion));
  if (!delivery) report_.outcome = "undelivered";
  if (delivery == Delivery::kGone) report_.outcome = "gone";
}

/// Ends the turn in the tables, and then for the client; what it saw of the answer is kept.
void Generation::fail(std::string_view outcome, std::string_view cause, const StreamEnd& end) noexcept {
  report_.outcome = outcome;
  note(cause);
  stream_.stop();
  const std::string_view category = outcome == "lost" ? "internal" : outcome;
  Ended::Verdict verdict = Ended::Verdict::kEnded;
  try {
    if (!ended_) verdict = end_turn(unfinished(category));
  } catch (const std::exception& failure) {
    note(fmt::format("cannot end the turn: {}", failure.what()));
  }
  if (outcome == "gone") return forget_connection();
  // Another run that has ended this turn has told the client, or will.
  if (verdict == Ended::Verdict::kElsewhere) return;
  wire::ErrorFrame frame = failure_frame(category, event_.message_id, now_ms(), end.words, end.retry_after);
  if (!end.text.empty()) frame.text = end.text;
  post(encode(frame));
}

/// The end of a turn whose answer is not whole.
TurnEnd Generation::unfinished(std::string_view outcome) const {
  TurnEnd end;
  end.ending.outcome = outcome;
  std::string shown = std::string(trim(stream_.shown_text()));
  end.partial = !shown.empty();
  if (end.partial) end.answer = std::move(shown);
  return end;
}

/// Follows the client when it moves.
Ended::Verdict Generation::end_turn(TurnEnd end) {
  for (int moves = 0; moves < kMaxMovesAtEnd; ++moves) {
    end.connection_id = stream_.connection_id();
    const Ended ended = ports_.chats.end_turn(turn_, end);
    if (ended.verdict == Ended::Verdict::kMoved) {
      stream_.move_to(ended.connection_id);
      continue;
    }
    ended_ = true;
    return ended.verdict;
  }
  throw Error(ErrorKind::kFailure, "the client moves too often");
}

/// Nothing when the post failed.
std::optional<Delivery> Generation::post(const std::string& frame) noexcept {
  try {
    const Delivery delivery = ports_.replies.post(stream_.connection_id(), frame, Repeat::kHarmless);
    if (delivery == Delivery::kGone) forget_connection();
    return delivery;
  } catch (const std::exception& failure) {
    note(fmt::format("cannot tell the client: {}", failure.what()));
    return std::nullopt;
  }
}

/// A record that stays is removed by its ttl.
void Generation::forget_connection() noexcept {
  try {
    ports_.connections.remove(stream_.connection_id());
  } catch (const std::exception& failure) {
    note(fmt::format("cannot remove the connection: {}", failure.what()));
  }
}

/// Causes add up: the first one is why, the others are what went wrong in telling and cleaning up.
void Generation::note(std::string_view cause) {
  if (!report_.cause.empty() && !cause.empty()) report_.cause += "; ";
  report_.cause += cause;
}

}  // namespace

GenerateReport generate(const wire::GenerateEvent& event, GeneratePorts ports, const Limits& limits,
                        SteadyTime deadline) {
  const Claim claim = ports.chats.claim({event.chat_id, event.message_id, event.accepted_at_ms});
  RoomReplies replies(ports.rooms, ports.replies, ports.clock);
  const GeneratePorts to_all{ports.connections, ports.rooms, ports.chats, replies, ports.llm, ports.clock};
  return Generation(event, claim, to_all, limits, deadline).run();
}

}  // namespace wsdeep::chat
