#include "deploy/follow.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/error.h"

namespace wsdeep::deploy {
namespace {

constexpr int kMaxFaults = 10;  // polls in a row that may fail
constexpr std::size_t kDefaultRows = 24;

std::size_t terminal_rows() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : kDefaultRows;
}

/// The lines of a screen that is drawn over and over at the same place.
class LiveScreen {
 public:
  explicit LiveScreen(const Console& console) : console_(console) {}

  void draw(const std::vector<std::string>& lines) {
    std::string text = drawn_ > 0 ? fmt::format("\x1b[{}A\r\x1b[J", drawn_) : "";
    for (const std::string& line : lines) text += line + "\n";
    console_.err(text);
    drawn_ = lines.size();
  }

 private:
  const Console& console_;
  std::size_t drawn_ = 0;
};

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
        screen_(console_) {}

  Progress read() {
    silent_ = true;
    poll();
    return progress_;
  }

  FollowResult run() {
    for (;;) {
      if (poll_or_ride_out()) show();
      const std::string& status = gone_ ? kDeleted : progress_.status();
      if (!status.empty() && !status.ends_with("_IN_PROGRESS"))
        return {status, progress_.events(), progress_.duration()};
      if (session_.interrupts.wait(options_.poll)) throw Error(ErrorKind::kInterrupted, "interrupted");
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
      if (faults_ == 1) console_.err(fmt::format("{}; trying again\n", error.what()));
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
      if (progress_.add(*event, seen) && !silent_ && !console_.stderr_is_terminal())
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
    if (console_.stderr_is_terminal())
      screen_.draw(progress_.screen(session_.context.clock.now(), terminal_rows(), style_));
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
  bool gone_ = false;
  bool silent_ = false;
};

}  // namespace

Progress last_operation(StackSession& session, const FollowOptions& options) {
  return Follower(session, options).read();
}

FollowResult follow(StackSession& session, const FollowOptions& options) {
  return Follower(session, options).run();
}

}  // namespace wsdeep::deploy
