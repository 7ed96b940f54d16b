#include "commands/loadtest/live_line.h"

#include <fmt/format.h>

#include <cstdint>
#include <vector>

#include "load/report/page.h"
#include "terminal/progress_line.h"

namespace wsdeep::commands {
namespace {

/// `12/60s`
std::string stand_text(const load::Progress& progress) {
  const auto seconds = [](load::Micros time) { return time / 1'000'000; };
  if (progress.phase == load::Phase::kDraining) return fmt::format("{}s draining", seconds(progress.at));
  if (progress.length == 0) return fmt::format("{}s", seconds(progress.at));
  return fmt::format("{}/{}s", seconds(progress.at), seconds(progress.length));
}

std::uint64_t errors_in(const load::Tally& tally) {
  return tally.refused + tally.failed + tally.truncated;
}

/// The verdict if it ended now: the first sign stands for all.
std::string verdict_text(const std::vector<load::Signal>& broken) {
  return broken.empty() ? "valid" : "INVALID " + broken.front().name;
}

}  // namespace

std::string live_line(const load::Progress& progress, const std::string& name, std::size_t columns) {
  const load::Live& live = progress.live;
  std::string text = fmt::format("{}{}{}  {}/s  {} in flight  ttft {} p99 {}  {} done  {} errors  {}", name,
                                 name.empty() ? "" : "  ", stand_text(progress), live.last.sent, progress.in_flight,
                                 load::quantile_text(live.ttft_p50), load::quantile_text(live.ttft_p99),
                                 live.so_far.attempts, errors_in(live.so_far), verdict_text(progress.broken));
  if (columns == 0) return text;
  return with_bar(text, static_cast<std::uint64_t>(progress.at), static_cast<std::uint64_t>(progress.length), columns);
}

}  // namespace wsdeep::commands
