#include "chat/turns.h"

#include <string_view>

#include "base/random.h"
#include "chat/failures.h"
#include "chat/parameters.h"
#include "chat/title.h"

namespace wsdeep::chat {
namespace {

/// A turn that changes while it is looked at has come to rest by then.
constexpr int kMaxLooks = 4;

/// One question of one connected client.
class Desk {
 public:
  Desk(const Asked& asked, const Connection& connection, std::string& message_id, MessagePorts ports)
      : asked_(asked), connection_(connection), message_id_(message_id), ports_(ports), how_(asked.how) {
    adjusted_ = clamp_parameters(how_.parameters);
    turn_ = {connection.chat_id, message_id.empty() ? random_uuid() : message_id, now_ms()};
  }

  void take();

 private:
  void begin();
  void go_on(KnownTurn known);
  bool go_on_once(const KnownTurn& known);
  bool resume(const KnownTurn& known);
  bool restart();
  void tell_again(const Ending& ending);

  bool is_accepted(const Admission& admission);
  bool acknowledge(bool restarted);
  void start_generation();
  bool end_turn(std::string_view outcome) noexcept;
  Delivery post(std::string_view frame);
  std::int64_t now_ms() const { return epoch_ms(ports_.clock.now()); }

  const Asked& asked_;
  const Connection& connection_;
  std::string& message_id_;
  MessagePorts ports_;
  Generating how_;
  std::vector<std::string> adjusted_;
  TurnKey turn_;
};

void Desk::take() {
  const Admission admission =
      ports_.chats.accept(turn_, {asked_.text, title_of(asked_.text), connection_.connection_id});
  if (is_accepted(admission)) return begin();
  go_on(admission.known);
}

/// False for a turn that is known; throws for one that has no place.
bool Desk::is_accepted(const Admission& admission) {
  switch (admission.verdict) {
    case Admission::Verdict::kAccepted:
      message_id_ = turn_.message_id;
      return true;
    case Admission::Verdict::kKnown:
      return false;
    case Admission::Verdict::kBusy:
      throw refusal_of("busy");
    case Admission::Verdict::kNoChat:
      throw refusal_of("chat_expired");
  }
  return false;
}

/// The question is stored before it is acknowledged: what was acknowledged is never lost.
void Desk::begin() {
  if (acknowledge(false)) start_generation();
}

/// A turn may end, or die, between looking at it and going on with it: then it is looked at again.
void Desk::go_on(KnownTurn known) {
  for (int looks = 0; looks < kMaxLooks; ++looks) {
    turn_.accepted_at_ms = known.accepted_at_ms;
    if (go_on_once(known)) return;
    const auto now = ports_.chats.look_up(turn_.chat_id, turn_.message_id);
    if (!now) throw refusal_of("chat_expired");
    known = *now;
  }
  throw refusal_of("busy");
}

bool Desk::go_on_once(const KnownTurn& known) {
  switch (known.state) {
    case KnownTurn::State::kWaiting:
    case KnownTurn::State::kRunning:
      return resume(known);
    case KnownTurn::State::kDied:
      return restart();
    case KnownTurn::State::kEnded:
      break;
  }
  if (known.ending.outcome == "gone") return restart();
  if (known.ending.outcome == "completed")
    tell_again(known.ending);
  else
    post(encode(failure_frame(known.ending.outcome, turn_.message_id, now_ms())));
  return true;
}

/// Acknowledged before the run hears of the new connection, so that the client knows what the chunks are about. Nobody
/// knows whether it heard that the turn had begun anew: it is told again, lest it put two answers together.
bool Desk::resume(const KnownTurn& known) {
  const wire::Accepted accepted{turn_.message_id, turn_.chat_id,    now_ms(),
                                adjusted_,        !known.restarted, known.restarted};
  if (post(encode(accepted)) == Delivery::kGone) return true;
  if (!ports_.chats.move(turn_, connection_.connection_id)) return false;
  // Whoever accepted it may have died before it started the generation; a second start is a duplicate.
  if (known.state == KnownTurn::State::kWaiting) start_generation();
  return true;
}

bool Desk::restart() {
  if (!is_accepted(ports_.chats.restart(turn_, connection_.connection_id))) return false;
  if (acknowledge(true)) start_generation();
  return true;
}

void Desk::tell_again(const Ending& ending) {
  const wire::Accepted accepted{turn_.message_id, turn_.chat_id, now_ms(), adjusted_, true, false};
  if (post(encode(accepted)) == Delivery::kGone) return;
  const auto answer = ports_.chats.answer_of(turn_);
  if (!answer) {
    post(encode(failure_frame("internal", turn_.message_id, now_ms())));
    return;
  }
  wire::Completion completion;
  completion.text = *answer;
  if (how_.separate_reasoning) completion.reasoning = "";  // the history has none
  completion.message_id = turn_.message_id;
  completion.chat_id = turn_.chat_id;
  completion.finish_reason = ending.finish_reason;
  completion.usage = ending.usage;
  completion.timestamp_ms = now_ms();
  post(encode(completion));
}

/// False when the client is gone, and its turn with it.
bool Desk::acknowledge(bool restarted) {
  const wire::Accepted accepted{turn_.message_id, turn_.chat_id, now_ms(), adjusted_, false, restarted};
  try {
    if (post(encode(accepted)) == Delivery::kSent) return true;
  } catch (const std::exception& failure) {
    end_turn(category_of(failure));
    throw;
  }
  end_turn("gone");
  return false;
}

/// A start whose answer was lost may have been one: then a run holds the turn, and all is well.
void Desk::start_generation() {
  try {
    ports_.generations.start(turn_, connection_.connection_id, connection_.user_id, how_);
  } catch (const std::exception& failure) {
    if (end_turn(category_of(failure))) throw;
  }
}

/// False when somebody else has the turn in hand: a run, or the client on another connection. A turn that cannot be
/// ended is taken over when its expiry has passed.
bool Desk::end_turn(std::string_view outcome) noexcept {
  try {
    TurnEnd end;
    end.ending.outcome = outcome;
    end.connection_id = connection_.connection_id;
    return ports_.chats.end_turn(turn_, end).verdict == Ended::Verdict::kEnded;
  } catch (const std::exception&) {
    return true;
  }
}

Delivery Desk::post(std::string_view frame) {
  const Delivery delivery = ports_.replies.post(connection_.connection_id, frame, Repeat::kHarmless);
  if (delivery == Delivery::kGone) ports_.connections.remove(connection_.connection_id);
  return delivery;
}

}  // namespace

void ask(const Asked& asked, const Connection& connection, std::string& message_id, MessagePorts ports) {
  Desk(asked, connection, message_id, ports).take();
}

}  // namespace wsdeep::chat
