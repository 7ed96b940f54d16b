#include "deploy/follow.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "terminal/live_screen.h"

namespace wsdeep::deploy {
namespace {

constexpr int kMaxFaults = 10;  // polls in a row that may fail
constexpr std::chrono::milliseconds kFollowRedraw{250};
constexpr std::chrono::seconds kLongestSilence{60};
constexpr std::int64_t kMostQuietPolls = 15;

/// After how many polls without news somebody who reads a log wants to hear what is waited for: half a minute at the
/// usual pace, and never more than a minute.
std::int64_t quiet_polls(std::chrono::milliseconds poll) {
  return std::clamp<std::int64_t>(kLongestSilence / std::max(poll, std::chrono::milliseconds(1)), 1, kMostQuietPolls);
}

/// True for the event that begins an operation on the stack itself.
bool begins_operation(const aws::StackEvent& event) {
  const std::string& status = event.status;
  return event.physical_id == event.stack_id && (status == "CREATE_IN_PROGRESS" || status == "UPDATE_IN_PROGRESS" ||
                                                 status == "DELETE_IN_PROGRESS" || status == "IMPORT_IN_PROGRESS");
}

bool may_pass(const Error& error) {
  const auto* fault = dynamic_cast<const net::TransportError*>(&error);
  if (fault != nullptr) return fault->fault() != net::TransportFault::kTls;
  const auto* answer = dynamic_cast<const aws::ServiceError*>(&error);
  return answer != nullptr && (aws::is_throttling(*answer) || answer->status() >= 500);
}

class Follower {
 public:
  Follower(StackSession& session, const FollowOptions& options)
      : session_(session),
        options_(options),
        console_(session.context.console),
        progress_(options.stack_id, options.stack_name),
        style_(err_style(console_)),
        screen_(console_, LiveScreen::AtEnd::kStand) {}

  Progress read() {
    silent_ = true;
    poll();
    return progress_;
  }

  FollowResult run() {
    for (;;) {
      if (poll_or_ride_out()) show();
      help_to_clean_up();
      const std::string& status = gone_ ? kDeleted : progress_.status();
      if (!status.empty() && !status.ends_with("_IN_PROGRESS"))
        return {status, progress_.events(), progress_.duration()};
      tell_of_silence();
      wait_for_next_poll();
    }
  }

 private:
  /// False when this poll brought nothing, for a reason that may pass.
  bool poll_or_ride_out() {
    try {
      poll();
      faults_ = 0;
      return true;
    } catch (const Error& error) {
      if (session_.interrupts.requested()) throw Error(ErrorKind::kInterrupted, "interrupted");
      if (!may_pass(error) || ++faults_ > kMaxFaults) throw;
      if (faults_ == 1) screen_.print_above(fmt::format("{}; trying again\n", error.what()));
      return false;
    }
  }

  void poll() {
    std::vector<Line> lines;
    fetch(options_.stack_id, newest_, std::nullopt, lines);
    // A nested stack's own nested stacks are known only after its events.
    std::set<std::string> fetched;
    for (bool more = true; more;) {
      more = false;
      for (const auto& nested : progress_.nested_stacks())
        if (fetched.insert(nested.id).second) {
          fetch(nested.id, nested_newest_[nested.id], nested.since, lines);
          more = true;
        }
    }
    std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.time < b.time; });
    for (const Line& line : lines) console_.err(line.text);
    if (!lines.empty()) quiet_ = 0;
  }

  void help_to_clean_up() {
    if (!options_.at_cleanup || helped_ || progress_.status() != "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") return;
    helped_ = true;
    const std::string said = options_.at_cleanup();
    if (!said.empty()) screen_.print_above(said + "\n");
  }

  struct Line {
    std::string time;
    std::string text;
  };
  /// `since`: when the operation reached a nested stack; nothing for the stack itself.
  void fetch(const std::string& stack, std::string& newest, std::optional<SystemTime> since, std::vector<Line>& lines) {
    std::vector<aws::StackEvent> events;
    try {
      events =
          session_.access.cloudformation.events_after(stack, newest.empty() && !since ? options_.after_event : newest);
    } catch (const aws::ServiceError& error) {
      if (!aws::is_missing_stack(error)) throw;
      gone_ = gone_ || stack == options_.stack_id;
      return;
    }
    if (newest.empty()) keep_this_operation(events, since);
    if (events.empty()) return;
    newest = events.front().id;
    const SystemTime seen = session_.context.clock.now();
    for (auto event = events.rbegin(); event != events.rend(); ++event)
      if (progress_.add(*event, seen) && !silent_ && !screen_.is_live())
        lines.push_back({event->time, progress_.line_of(*event, style_)});
  }

  /// Of a stack whose events were never asked for, those of earlier operations are dropped.
  void keep_this_operation(std::vector<aws::StackEvent>& events, std::optional<SystemTime> since) const {
    auto end = events.end();
    if (since) {
      end = std::find_if(events.begin(), events.end(),
                         [&](const aws::StackEvent& event) { return event_time(event, *since) < *since; });
    } else if (options_.after_event.empty()) {
      end = std::find_if(events.begin(), events.end(), begins_operation);
      if (end != events.end()) ++end;
    }
    events.erase(end, events.end());
  }

  void show() {
    screen_.draw([&](const ScreenSize& size) {
      style_.columns = size.columns;
      return progress_.screen(session_.context.clock.now(), size.rows, style_);
    });
  }

  /// Where events are lines, and none comes for long: what it is that takes so long.
  void tell_of_silence() {
    if (screen_.is_live() || ++quiet_ < quiet_polls(options_.poll)) return;
    console_.err(progress_.waiting(session_.context.clock.now()) + "\n");
    quiet_ = 0;
  }

  /// Meanwhile the screen goes with the time, and with the window's size.
  void wait_for_next_poll() {
    auto left = options_.poll;
    do {
      if (session_.interrupts.wait(std::min(left, kFollowRedraw))) throw Error(ErrorKind::kInterrupted, "interrupted");
      left -= kFollowRedraw;
      if (left.count() > 0) show();
    } while (left.count() > 0);
  }

  inline static const std::string kDeleted = "DELETE_COMPLETE";

  StackSession& session_;
  const FollowOptions& options_;
  const Console& console_;
  Progress progress_;
  ChangeStyle style_;
  LiveScreen screen_;
  std::string newest_;
  std::map<std::string, std::string> nested_newest_;
  int faults_ = 0;
  std::int64_t quiet_ = 0;  ///< polls since a line was said
  bool gone_ = false;
  bool silent_ = false;
  bool helped_ = false;  ///< at_cleanup was called
};

}  // namespace

Progress last_operation(StackSession& session, const FollowOptions& options) {
  return Follower(session, options).read();
}

FollowResult follow(StackSession& session, const FollowOptions& options) {
  return Follower(session, options).run();
}

}  // namespace wsdeep::deploy
