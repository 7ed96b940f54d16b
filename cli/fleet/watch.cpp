#include "fleet/watch.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "deploy/target.h"
#include "fleet/changes.h"
#include "fleet/faults.h"
#include "fleet/status_text.h"
#include "terminal/live_screen.h"

namespace wsdeep::fleet {
namespace {

constexpr int kMostFaults = 10;  // looks in a row that may fail
constexpr std::chrono::milliseconds kRedrawn{250};
constexpr std::chrono::seconds kSilence{60};

/// One watch, from its first look to its end.
class Watcher {
 public:
  Watcher(Fleet& fleet, const WatchOptions& options, SnapshotReader& reader, const Watch::Headline& headline)
      : fleet_(fleet),
        options_(options),
        reader_(reader),
        headline_(headline),
        screen_(fleet.console(), options.stays ? LiveScreen::AtEnd::kStand : LiveScreen::AtEnd::kGo),
        began_(fleet.clock().steady_now()),
        spoke_(began_) {}

  Snapshot run(const Watch::Over& over) {
    for (;;) {
      if (look_or_ride_out()) {
        tell();
        if (over(*last_)) return *last_;
      }
      check_limit();
      wait_for_next_look();
    }
  }

 private:
  /// False when this look brought nothing, for a reason that may pass.
  bool look_or_ride_out() {
    try {
      last_ = reader_.read();
      faults_ = 0;
      return true;
    } catch (const Error& error) {
      if (fleet_.interrupts().requested()) throw Error(ErrorKind::kInterrupted, "interrupted");
      if (!may_pass(error) || ++faults_ > kMostFaults) throw;
      if (faults_ == 1) say_line(fmt::format("{}; trying again", short_cause(error)));
      return false;
    }
  }

  void tell() {
    for (const std::string& line : changes_.since_last(*last_))
      if (!screen_.is_live()) say_line(line);
    draw();
    const SteadyTime now = fleet_.clock().steady_now();
    if (screen_.is_live() || now - spoke_ < kSilence) return;
    say_line(fmt::format("{}  {}{}", iso8601(last_->at).substr(11, 8), headline_text(), summary_of(last_->main)));
  }

  std::string headline_text() const {
    const std::string text = headline_(*last_);
    return text.empty() ? "" : text + "; ";
  }

  void say_line(const std::string& line) {
    screen_.print_above(line + "\n");
    spoke_ = fleet_.clock().steady_now();
  }

  void draw() {
    if (!last_) return;
    screen_.draw([&](const ScreenSize& size) {
      deploy::ChangeStyle style = deploy::err_style(fleet_.console());
      style.columns = size.columns;
      std::vector<std::string> lines = status_lines(*last_, style);
      if (const std::string text = headline_(*last_); !text.empty()) {
        const auto taken = std::chrono::duration_cast<SystemTime::duration>(fleet_.clock().steady_now() - began_);
        lines.insert(lines.begin(), fmt::format("{}  {}", text, age_text(last_->at - taken, last_->at)));
      }
      cut_lines(lines, size.rows, style);
      return lines;
    });
  }

  void check_limit() const {
    if (!options_.limit || fleet_.clock().steady_now() - began_ < *options_.limit) return;
    const std::string state = last_ ? summary_of(last_->main) : "nothing could be read";
    const aws::ScalingActivity* failed = last_ ? last_->main.last_failure() : nullptr;
    throw Error(ErrorKind::kFailure,
                fmt::format("not done after {}: {}{}", human_duration(*options_.limit), state,
                            failed == nullptr ? "" : "; " + activity_text(*failed)),
                fmt::format("{}what was begun goes on: see it with wsdeep fleet status --watch",
                            failed == nullptr ? "" : remedy_text(*failed) + "; "));
  }

  /// Meanwhile the screen goes with the time, and with the window's size.
  void wait_for_next_look() {
    auto left = options_.poll;
    do {
      if (fleet_.interrupts().wait(std::min(left, kRedrawn))) throw Error(ErrorKind::kInterrupted, "interrupted");
      left -= kRedrawn;
      if (left.count() > 0) draw();
    } while (left.count() > 0);
  }

  Fleet& fleet_;
  const WatchOptions& options_;
  SnapshotReader& reader_;
  const Watch::Headline& headline_;
  LiveScreen screen_;
  Changes changes_;
  std::optional<Snapshot> last_;
  const SteadyTime began_;
  SteadyTime spoke_;
  int faults_ = 0;
};

}  // namespace

Snapshot Watch::until(const Headline& headline, const Over& over) {
  return Watcher(fleet_, options_, reader_, headline).run(over);
}

}  // namespace wsdeep::fleet
