#include <fmt/format.h>

#include "chat/answer_stream.h"
#include "chat/chat.h"
#include "chat/failures.h"
#include "chat/prompt.h"

namespace wsdeep::chat {
namespace {

/// One claimed turn, to its end. The turn is ended in the tables before the client hears of the end: who answers at
/// once must not be told `busy`.
class Generation {
 public:
  Generation(const wire::GenerateEvent& event, GeneratePorts ports, const Limits& limits, SteadyTime deadline)
      : event_(event),
        turn_{event.chat_id, event.message_id, event.accepted_at_ms},
        ports_(ports),
        limits_(limits),
        started_at_(ports.clock.steady_now()),
        stream_(turn_, event_.connection_id, ports, limits, deadline - kDeadlineMargin) {}

  GenerateReport run(Claim claim) noexcept;

 private:
  void answer();
  LlmRequest request_for(const Chat& chat) const;
  void complete(const StreamEnd& end);
  void store_answer();
  void fail(std::string_view outcome, std::string_view cause) noexcept;
  void end_turn(std::string_view sticky_cookie) noexcept;
  void forget_connection() noexcept;
  void note(std::string_view cause);

  std::int64_t ms_until(SteadyTime time) const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time - started_at_).count();
  }
  std::int64_t now_ms() const { return epoch_ms(ports_.clock.now()); }

  const wire::GenerateEvent& event_;
  TurnKey turn_;
  GeneratePorts ports_;
  const Limits& limits_;
  SteadyTime started_at_;
  AnswerStream stream_;
  GenerateReport report_;
  bool ended_ = false;
};

GenerateReport Generation::run(Claim claim) noexcept {
  try {
    if (claim == Claim::kAbandoned)
      fail("internal", "an earlier run of this turn died");
    else
      answer();
  } catch (const std::exception& failure) {
    fail(category_of(failure), failure.what());
  }
  report_.frames = stream_.frames();
  if (stream_.first_text_at()) report_.ttft_ms = ms_until(*stream_.first_text_at());
  report_.duration_ms = ms_until(ports_.clock.steady_now());
  return std::move(report_);
}

void Generation::answer() {
  const auto chat = ports_.chats.find(event_.chat_id);
  if (!chat) return fail("internal", "the chat does not exist");
  const LlmRequest request = request_for(*chat);
  if (request.messages.empty()) return fail("internal", "the question is not in the history");
  const StreamEnd end = stream_.run(request);
  if (end.whole) return complete(end);
  fail(end.outcome, end.cause);
}

LlmRequest Generation::request_for(const Chat& chat) const {
  LlmRequest request;
  request.messages = read_conversation(ports_.chats, chat, turn_, limits_);
  if (!request.messages.empty()) request.prompt = flatten(request.messages);
  request.parameters = event_.parameters;
  request.session_id = event_.chat_id;
  request.request_id = event_.message_id;
  request.sticky_cookie = chat.sticky_cookie;
  return request;
}

/// An answer that came to its end is stored also when nobody listens any more: the client finds it in the history.
void Generation::complete(const StreamEnd& end) {
  report_.outcome = end.outcome;
  report_.usage = end.result.usage;
  report_.node_id = end.result.node_id;
  store_answer();
  end_turn(end.result.sticky_cookie);
  if (end.outcome == "gone") return forget_connection();

  wire::Completion completion;
  completion.text = stream_.text();
  completion.message_id = event_.message_id;
  completion.chat_id = event_.chat_id;
  completion.finish_reason = end.result.finish_reason;
  completion.usage = end.result.usage;
  completion.ttft_ms = stream_.first_text_at() ? ms_until(*stream_.first_text_at()) : 0;
  completion.duration_ms = ms_until(ports_.clock.steady_now());
  completion.timestamp_ms = now_ms();
  completion.stored = report_.stored;
  if (ports_.replies.post(event_.connection_id, encode(completion)) == Delivery::kSent) return;
  report_.outcome = "gone";
  forget_connection();
}

void Generation::store_answer() {
  try {
    ports_.chats.append(turn_, {"assistant", without_reasoning(stream_.text())});
    report_.stored = true;
  } catch (const std::exception& failure) {
    note(fmt::format("cannot store the answer: {}", failure.what()));
  }
}

void Generation::fail(std::string_view outcome, std::string_view cause) noexcept {
  report_.outcome = outcome;
  note(cause);
  end_turn("");
  if (outcome == "lost") return;
  if (outcome == "gone") return forget_connection();
  try {
    const std::string frame = encode(failure_frame(outcome, event_.message_id, now_ms()));
    if (ports_.replies.post(event_.connection_id, frame) == Delivery::kGone) forget_connection();
  } catch (const std::exception& failure) {
    note(fmt::format("cannot tell the client: {}", failure.what()));
  }
}

/// A turn that cannot be ended is taken over when its expiry has passed.
void Generation::end_turn(std::string_view sticky_cookie) noexcept {
  if (ended_) return;
  ended_ = true;
  try {
    ports_.chats.end_turn(turn_, sticky_cookie);
  } catch (const std::exception& failure) {
    note(fmt::format("cannot end the turn: {}", failure.what()));
  }
}

/// A record that stays is removed by its ttl.
void Generation::forget_connection() noexcept {
  try {
    ports_.connections.remove(event_.connection_id);
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
  const TurnKey turn{event.chat_id, event.message_id, event.accepted_at_ms};
  const Claim claim = ports.chats.claim(turn);
  if (claim == Claim::kDuplicate) {
    GenerateReport report;
    report.outcome = "duplicate";
    return report;
  }
  return Generation(event, ports, limits, deadline).run(claim);
}

}  // namespace wsdeep::chat
