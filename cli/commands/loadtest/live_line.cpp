#include "commands/loadtest/live_line.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "load/report/page.h"
#include "terminal/progress_line.h"

namespace wsdeep::commands {
namespace {

std::string duration_text(load::Micros duration) {
  return human_duration(std::chrono::seconds(duration / 1'000'000));
}

std::string stand_text(const load::Progress& progress) {
  const std::string at = duration_text(progress.at);
  if (progress.draining) return at + " draining";
  return progress.length == 0 ? at : at + "/" + duration_text(progress.length);
}

std::uint64_t errors_in(const load::Tally& tally) {
  return tally.refused + tally.failed + tally.truncated;
}

/// The verdict if it ended now: the first sign stands for all.
std::string verdict_text(const std::vector<load::Signal>& broken) {
  return broken.empty() ? "valid" : "INVALID " + broken.front().name;
}

}  // namespace

std::string live_line(const load::Progress& progress, std::size_t columns) {
  const load::Live& live = progress.live;
  const std::string text = fmt::format("{}  {}/s  {} in flight  ttft {} p99 {}  {} done, {} errors  {}",
                                       stand_text(progress), live.last.sent, progress.in_flight,
                                       load::quantile_text(live.ttft_p50), load::quantile_text(live.ttft_p99),
                                       live.so_far.attempts, errors_in(live.so_far), verdict_text(progress.broken));
  if (columns == 0) return text;
  return with_bar(text, static_cast<std::uint64_t>(progress.at), static_cast<std::uint64_t>(progress.length), columns);
}

}  // namespace wsdeep::commands
