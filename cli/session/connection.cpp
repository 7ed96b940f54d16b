// What happens to a connection, and when:
//
//   Offline ──start──► Opening ──opened──► Open ──lost, or silent──► Waiting ──its time has come──► Opening …
//                         │ └──failed, or not open in time──────────────▲
//                         └──failed at the first time, or refused for good──► Ended ◄── close()
//
// There is one alarm for all times that matter. It is set for the next of them, and only ever moved forward: most
// frames move a time back, which the alarm finds out when it rings too early. So a frame costs no timer.
#include "session/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "wire/chat_frames.h"

namespace wsdeep::session {
namespace {

/// An alarm that rings so late: it was us who slept.
constexpr std::chrono::milliseconds kOverslept{2'000};
constexpr int kTooMany = 429;
constexpr int kNormal = 1000;
constexpr int kBroken = 1006;

/// Nothing is due.
constexpr SteadyTime kNever = SteadyTime::max();

}  // namespace

Connection::Connection(Link& link, const Clock& clock, const ConnectionOptions& options, Owner& owner)
    : link_(link), clock_(clock), options_(options), owner_(owner), back_off_(options.random) {
  link_.attach(this);
}

Connection::~Connection() {
  link_.attach(nullptr);
  link_.abandon();
}

void Connection::start() {
  if (std::holds_alternative<Offline>(state_)) open();
}

void Connection::open() {
  state_ = Opening{clock_.steady_now()};
  link_.open(owner_.chat_id());
  arm();
}

bool Connection::send(std::string frame) {
  Open* const open = std::get_if<Open>(&state_);
  if (open == nullptr || close_by_) return false;
  open->last_sent = clock_.steady_now();
  open->liveness.asked(open->last_sent);
  open->sent_bytes += frame.size();
  link_.send(std::move(frame));
  arm();
  return true;
}

void Connection::close(std::chrono::milliseconds patience) {
  if (std::holds_alternative<Ended>(state_)) return;
  const SteadyTime by = clock_.steady_now() + patience;
  const bool closing = close_by_.has_value();
  close_by_ = closing ? std::min(*close_by_, by) : by;
  if (closing) return arm();
  if (!is_open()) {
    link_.abandon();
    return end({.close_code = kNormal, .cause = "closed"});
  }
  link_.close();
  arm();
}

void Connection::lose(const std::string& cause) {
  if (is_open() && !close_by_) give_up({.close_code = kBroken, .cause = cause});
}

// ---- what the link says --------------------------------------------------------------------------------------------

void Connection::on_opened() {
  const SteadyTime now = clock_.steady_now();
  state_ = Open{now, now, Liveness(options_.liveness, now)};
  owner_.on_open(std::exchange(opened_before_, true));
  arm();
}

void Connection::on_frame(std::string frame) {
  if (close_by_) return;
  owner_.on_frame(frame);
  // After the owner has read it: it may have been the last that was expected.
  on_heartbeat();
}

void Connection::on_heartbeat() {
  if (Open* const open = std::get_if<Open>(&state_)) open->liveness.heard(clock_.steady_now(), owner_.expects_answer());
  arm();
}

void Connection::on_drained() {
  owner_.on_drained();
}

void Connection::on_closed(const Loss& loss) {
  retry_or_end(loss);
}

// ---- time ----------------------------------------------------------------------------------------------------------

void Connection::arm() {
  const SteadyTime due = next_due();
  if (due == kNever || (alarm_at_ && *alarm_at_ <= due)) return;
  alarm_at_ = due;
  link_.wake_after(std::max(due - clock_.steady_now(), SteadyTime::duration::zero()));
}

SteadyTime Connection::next_due() const {
  if (std::holds_alternative<Ended>(state_)) return kNever;
  if (close_by_) return *close_by_;
  SteadyTime due = owner_.due().value_or(kNever);
  if (const auto* opening = std::get_if<Opening>(&state_)) due = std::min(due, opening->since + options_.open_timeout);
  if (const auto* waiting = std::get_if<Waiting>(&state_)) due = std::min(due, waiting->until);
  if (const auto* open = std::get_if<Open>(&state_)) {
    const SteadyTime ping = open->liveness.ping_due(owner_.expects_answer());
    const SteadyTime dead = open->liveness.dead_at().value_or(kNever);
    due = std::min({due, ping, dead, open->last_sent + options_.keep_alive});
  }
  return due;
}

void Connection::on_alarm() {
  const SteadyTime now = clock_.steady_now();
  const bool overslept = alarm_at_ && now - *alarm_at_ > kOverslept;
  alarm_at_.reset();
  if (std::holds_alternative<Ended>(state_)) return;
  if (close_by_) {
    if (now < *close_by_) return arm();
    const std::size_t unsent = link_.queued_frames();
    link_.abandon();
    return end({.close_code = kBroken, .cause = "the server did not answer when it was closed", .unsent = unsent});
  }
  if (Open* const open = std::get_if<Open>(&state_); open != nullptr && overslept) open->liveness.forgive(now);
  if (const auto* opening = std::get_if<Opening>(&state_))
    act_on(Opening(*opening));
  else if (auto* open = std::get_if<Open>(&state_))
    act_on(*open);
  else if (const auto* waiting = std::get_if<Waiting>(&state_))
    act_on(Waiting(*waiting));
  if (const auto due = owner_.due(); due && now >= *due) owner_.on_due();
  arm();
}

void Connection::act_on(const Opening& opening) {
  if (clock_.steady_now() < opening.since + options_.open_timeout) return;
  give_up({.cause = fmt::format("nothing was opened in {} s", options_.open_timeout.count() / 1000)});
}

void Connection::act_on(Open& open) {
  const SteadyTime now = clock_.steady_now();
  look_at_progress(open);
  if (const auto dead = open.liveness.dead_at(); dead && now >= *dead)
    return give_up(
        {.close_code = kBroken,
         .cause = fmt::format("the server has said nothing for {} s", options_.liveness.silence.count() / 1000)});
  if (now >= open.liveness.ping_due(owner_.expects_answer())) {
    open.liveness.pinged(now);
    link_.ping();
  }
  if (now >= open.last_sent + options_.keep_alive) send(wire::encode(wire::PingFrame{}));
}

/// A long message takes its time on a slow line, and the answer to a ping comes behind it: a peer whose machine goes on
/// confirming what we sent is there.
void Connection::look_at_progress(Open& open) {
  const std::size_t under_way = std::min(link_.unconfirmed_bytes(), open.sent_bytes);
  if (open.sent_bytes - under_way > open.confirmed_bytes && under_way > 0) open.liveness.forgive(clock_.steady_now());
  open.confirmed_bytes = std::max(open.confirmed_bytes, open.sent_bytes - under_way);
}

void Connection::act_on(const Waiting& waiting) {
  if (clock_.steady_now() >= waiting.until) open();
}

// ---- ending --------------------------------------------------------------------------------------------------------

void Connection::give_up(Loss loss) {
  loss.unsent = link_.queued_frames();
  link_.abandon();
  retry_or_end(loss);
}

void Connection::retry_or_end(const Loss& loss) {
  const SteadyTime now = clock_.steady_now();
  if (const auto* open = std::get_if<Open>(&state_); open != nullptr && now - open->since >= options_.stable)
    back_off_.reset();
  // A server that was never reached is reported at once; one that was, or that has too many callers, may come back.
  const bool may_come_back = opened_before_ || loss.status == kTooMany;
  if (close_by_ || loss.for_good || !options_.reconnect || !may_come_back) return end(loss);
  const std::chrono::milliseconds wait = back_off_.next();
  state_ = Waiting{now + wait};
  owner_.on_lost(loss, wait);
  arm();
}

void Connection::end(const Loss& loss) {
  state_ = Ended{};
  owner_.on_end(loss);
}

}  // namespace wsdeep::session
