#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "session/link.h"
#include "support/manual_clock.h"

namespace wsdeep::testing {

/// A Link of which the test plays the other side, and the time. It keeps what was asked of it, in order.
class ScriptedLink final : public session::Link {
 public:
  explicit ScriptedLink(ManualClock& clock) : clock_(clock) {}

  void attach(Listener* listener) override { listener_ = listener; }
  void open(const std::string& chat_id) override {
    opened.push_back(chat_id);
    at_.push_back(clock_.steady_now());
    alive_ = true;
  }
  void send(std::string frame) override { sent.push_back(std::move(frame)); }
  void ping() override {
    ++pings;
    if (answers_pings && alive_) pongs_owed_ = true;
  }
  void close() override { ++closes; }
  void abandon() override { alive_ = false; }
  std::size_t queued_bytes() const override { return 0; }
  std::size_t queued_frames() const override { return 0; }
  std::size_t unconfirmed_bytes() const override { return unconfirmed; }
  void wake_after(std::chrono::nanoseconds delay) override {
    alarm_at_ = clock_.steady_now() + delay;
    ++alarms_set;
  }

  // ---- what the other side does ----

  void accept() { listener_->on_opened(); }
  void receive(std::string frame) { listener_->on_frame(std::move(frame)); }
  void lose(int code = 1006, const std::string& cause = "lost") {
    alive_ = false;
    listener_->on_closed({.close_code = code, .cause = cause});
  }
  void refuse(int status, bool for_good = false) {
    alive_ = false;
    listener_->on_closed({.status = status, .cause = "refused", .for_good = for_good});
  }

  /// Lets time pass, alarm by alarm. A ping is answered at once unless `answers_pings` is false.
  void pass(std::chrono::nanoseconds time) {
    const SteadyTime end = clock_.steady_now() + time;
    while (alarm_at_ && *alarm_at_ <= end) {
      clock_.advance(*alarm_at_ - clock_.steady_now());
      alarm_at_.reset();
      listener_->on_alarm();
      if (std::exchange(pongs_owed_, false) && alive_) listener_->on_heartbeat();
    }
    clock_.advance(end - clock_.steady_now());
  }
  /// Time passes and nobody looks, as when the program is stopped; then the alarm rings late.
  void oversleep(std::chrono::nanoseconds time) {
    clock_.advance(time);
    if (!alarm_at_ || *alarm_at_ > clock_.steady_now()) return;
    alarm_at_.reset();
    listener_->on_alarm();
  }

  /// Whether a connection is open, or being opened.
  bool alive() const { return alive_; }
  /// When each connection was asked for.
  const std::vector<SteadyTime>& opened_at() const { return at_; }
  std::string take_sent() {
    if (sent.empty()) return "";
    const std::string first = sent.front();
    sent.erase(sent.begin());
    return first;
  }

  std::vector<std::string> opened;  ///< the chat of each
  std::vector<std::string> sent;
  std::size_t unconfirmed = 0;
  int pings = 0;
  int closes = 0;
  int alarms_set = 0;
  bool answers_pings = true;

 private:
  ManualClock& clock_;
  Listener* listener_ = nullptr;
  std::optional<SteadyTime> alarm_at_;
  std::vector<SteadyTime> at_;
  bool alive_ = false;
  bool pongs_owed_ = false;
};

}  // namespace wsdeep::testing
