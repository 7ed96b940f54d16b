#include "load/drive/held_session.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "load/measure/connections.h"

namespace wsdeep::load {
namespace {

constexpr std::chrono::hours kNeverSends{24};

session::TurnOptions held_session_options(const HoldManner& manner) {
  session::TurnOptions options;
  options.connection.keep_alive = manner.keep_alive;
  options.connection.random = manner.random;
  if (!manner.silent) return options;
  options.connection.reconnect = false;
  options.connection.keep_alive = kNeverSends;
  options.connection.liveness.quiet_idle = kNeverSends;
  return options;
}

TurnEnd how_opening_failed(int status) {
  constexpr int kTooMany = 429;
  constexpr int kUnavailable = 503;
  return status == kTooMany || status == kUnavailable ? TurnEnd::kRefused : TurnEnd::kFailed;
}

/// `cannot open wss://…/prod: connection refused` → `connection refused`
std::string without_url(const std::string& cause) {
  const auto colon = cause.find(": ");
  return colon == std::string::npos ? cause : cause.substr(colon + 2);
}

}  // namespace

HeldSession::HeldSession(net::EventLoop& loop, const StageAccess& access, std::uint64_t session,
                         const HoldManner& manner, Keeper& keeper)
    : session_(session),
      run_clock_(access.clock),
      keeper_(keeper),
      link_(loop, access.endpoint, sign_in(access.users)),
      machine_(link_, clock_, held_session_options(manner), *this) {}

session::TokenSource HeldSession::sign_in(SessionUsers& users) {
  return [&users, session = session_, took = sign_in_us_](const std::stop_token&) {
    SessionUsers::SignedIn user = users.sign_in(session);
    *took = user.sign_in_us;
    return std::move(user.token);
  };
}

void HeldSession::open(Micros intended) {
  present_ = ConnectionRecord{.session = session_, .intended = intended};
  machine_.start();
}

void HeldSession::ask(const std::string& text) {
  if (present_ && present_->opened != kNever && !machine_.answering()) machine_.ask(text, {});
}

bool HeldSession::lose(std::size_t storm) {
  if (!present_ || present_->opened == kNever || closing_) return false;
  const bool comes_upon = machine_.answering() && !storm_on_turn_;
  if (comes_upon) storm_on_turn_ = storm;
  machine_.lose(kStorm);
  return comes_upon;
}

void HeldSession::close() {
  closing_ = true;
  if (std::holds_alternative<session::Waiting>(machine_.state())) present_.reset();
  machine_.close();
}

// ---- what the machine says -----------------------------------------------------------------------------------------

void HeldSession::on_open(bool again) {
  note_times();
  present_->resumed = again && !machine_.current_chat().empty();
  if (present_->opened != kNever) keeper_.on_opened();
  if (!again) keeper_.on_first(*present_, TurnEnd::kCompleted, nullptr);
}

void HeldSession::on_completed(const wire::Completion&, const session::TurnStats&) {
  tell_storm_turn(true);
}

void HeldSession::on_failed(const wire::ErrorFrame&) {
  tell_storm_turn(false);
}

void HeldSession::on_lost(const session::Loss& loss, std::chrono::milliseconds wait) {
  const bool was_open = present_->opened != kNever;
  const bool again = present_->again;
  tell_end(loss);
  if (!was_open && !again) return close();  // one attempt is one arrival: what is refused is not tried again unseen
  present_ = ConnectionRecord{
      .session = session_, .intended = run_clock_.now() + std::chrono::microseconds(wait).count(), .again = true};
}

void HeldSession::on_end(const session::Loss& loss) {
  if (present_) tell_end(loss);
  if (!closing_) tell_storm_turn(false);
  keeper_.on_gone();
}

// ---- telling -------------------------------------------------------------------------------------------------------

void HeldSession::note_times() {
  const auto at = [this](const std::optional<SteadyTime>& time) { return time ? run_clock_.at(*time) : kNever; };
  const session::OpeningTimes& times = link_.opening_times();
  present_->begin = run_clock_.at(times.steps ? times.steps->begun : times.begin);
  present_->sign_in_us = sign_in_us_->exchange(kNever);
  if (!times.steps) return;
  present_->resolved = at(times.steps->resolved);
  present_->connected = at(times.steps->connected);
  present_->secured = at(times.steps->secured);
  present_->opened = at(times.steps->upgraded);
}

void HeldSession::tell_end(const session::Loss& loss) {
  if (present_->opened == kNever) return tell_failure(loss);
  present_->closed = run_clock_.now();
  present_->close_code = loss.close_code;
  present_->reason = reason_of(loss);
  present_->closed_by_peer = !closing_ && present_->reason != kStorm;
  keeper_.on_connection(*present_);
  present_.reset();
}

void HeldSession::tell_failure(const session::Loss& loss) {
  note_times();
  present_->opened = kNever;  // also when there was a 101, and something wrong with it
  present_->status = loss.status;
  present_->reason = reason_of(loss);
  if (!present_->again)
    keeper_.on_first(*present_, closing_ ? TurnEnd::kUnfinished : how_opening_failed(loss.status), &loss);
  keeper_.on_connection(*present_);
  present_.reset();
}

/// Of a fixed set of words, as far as the peer says them: it cannot add rows to a table.
std::string HeldSession::reason_of(const session::Loss& loss) const {
  if (present_->opened != kNever) return loss.cause == kStorm ? kStorm : fmt::format("close {}", loss.close_code);
  if (closing_) return "unfinished";
  if (!link_.opening_times().signed_in) return "no token";
  return loss.status != 0 ? fmt::format("http {}", loss.status) : without_url(loss.cause);
}

void HeldSession::tell_storm_turn(bool answered) {
  if (const auto storm = std::exchange(storm_on_turn_, std::nullopt)) keeper_.on_storm_turn(*storm, answered);
}

}  // namespace wsdeep::load
