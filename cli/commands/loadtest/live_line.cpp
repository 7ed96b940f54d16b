#include "commands/loadtest/live_line.h"

#include <fmt/format.h>

#include <cstdint>
#include <vector>

#include "base/text.h"
#include "load/report/page.h"

namespace wsdeep::commands {
namespace {

/// `12/60s`
std::string stand_text(const load::Progress& progress) {
  const auto seconds = [](load::Micros time) { return time / 1'000'000; };
  if (progress.phase == load::Phase::kPreparing) return "preparing";
  if (progress.phase == load::Phase::kDraining) return fmt::format("{}s draining", seconds(progress.at));
  if (progress.length == 0) return fmt::format("{}s", seconds(progress.at));
  const char* const holding = progress.phase == load::Phase::kHolding ? " holding" : "";
  return fmt::format("{}/{}s{}", seconds(progress.at), seconds(progress.length), holding);
}

/// The verdict if it ended now: the first sign stands for all.
std::string verdict_text(const load::Progress& progress) {
  if (!progress.judged) return "judged at the end";
  return progress.broken.empty() ? "valid" : "INVALID " + progress.broken.front().name;
}

}  // namespace

std::string live_line(const load::Progress& progress, const std::string& name) {
  const load::Live& live = progress.live;
  std::vector<std::string> parts;
  if (!name.empty()) parts.push_back(name);
  parts.push_back(stand_text(progress));
  parts.push_back(fmt::format("{}/s", live.last.sent));
  parts.push_back(fmt::format("{} in flight", progress.in_flight));
  if (progress.driver.sessions) parts.push_back(fmt::format("{} open", progress.driver.sessions->open));
  if (live.ttft_p50)
    parts.push_back(
        fmt::format("ttft {} p99 {}", load::quantile_text(live.ttft_p50), load::quantile_text(live.ttft_p99)));
  parts.push_back(fmt::format("{} done", live.so_far.attempts));
  parts.push_back(fmt::format("{} errors", live.so_far.errors()));
  parts.push_back(verdict_text(progress));
  return join(parts, "  ");
}

}  // namespace wsdeep::commands
