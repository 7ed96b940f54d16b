#include "load/report/latency_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace wsdeep::load {
namespace {

/// On 80 columns the send's 90th is what has no room.
constexpr std::array<double, 4> kShares = {0.5, 0.9, 0.99, 0.999};
constexpr std::array<double, 3> kSharesOfSend = {0.5, 0.99, 0.999};

struct LatencyRow {
  Metric metric;
  std::optional<Metric> sent{};
};
constexpr std::array kTurnRows = {
    LatencyRow{Metric::kAck, Metric::kAckSent},    LatencyRow{Metric::kTtft, Metric::kTtftSent},
    LatencyRow{Metric::kTtfa, Metric::kTtfaSent},  LatencyRow{Metric::kE2e, Metric::kE2eSent},
    LatencyRow{Metric::kSendLag, std::nullopt},    LatencyRow{Metric::kQueue, std::nullopt},
    LatencyRow{Metric::kPrefill, std::nullopt},    LatencyRow{Metric::kTpot, std::nullopt},
    LatencyRow{Metric::kFrameGap, std::nullopt},   LatencyRow{Metric::kLongestGap, std::nullopt},
    LatencyRow{Metric::kItl, std::nullopt},        LatencyRow{Metric::kStall, std::nullopt},
    LatencyRow{Metric::kCancelFree, std::nullopt},
};
constexpr std::array kConnectionRows = {
    LatencyRow{Metric::kDns},     LatencyRow{Metric::kTcp},    LatencyRow{Metric::kTls},
    LatencyRow{Metric::kUpgrade}, LatencyRow{Metric::kSignIn},
};

template <std::size_t N>
std::string cells(const Distribution& distribution, const std::array<double, N>& shares) {
  std::string text;
  for (const double share : shares) text += fmt::format("{:>8}", quantile_text(distribution.quantile(share)));
  return text;
}

void tell_row(Page& page, const Slice& slice, const LatencyRow& row) {
  const Distribution& distribution = slice.of(row.metric);
  if (distribution.counted() == 0) return;
  std::string text = fmt::format("{:<12}{}", facts_of(row.metric).name, cells(distribution, kShares));
  if (row.sent) text += " " + cells(slice.of(*row.sent), kSharesOfSend);
  page.line(text);
}

/// How many of how many, once for those that have as many; what they are counted over is in the manual.
void tell_counts(Page& page, const Slice& slice, std::span<const LatencyRow> rows) {
  std::vector<std::pair<std::string, std::string>> groups;  // `12 of 15`, and the names
  for (const LatencyRow& row : rows) {
    const Distribution& distribution = slice.of(row.metric);
    if (distribution.counted() == 0) continue;
    const std::string count = fmt::format("{} of {}", count_text(distribution.counted()), count_text(distribution.of));
    const auto same =
        std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.first == count; });
    const std::string name(facts_of(row.metric).name);
    if (same == groups.end())
      groups.emplace_back(count, name);
    else
      same->second += ", " + name;
  }
  std::string words;
  for (const auto& [count, names] : groups) words += fmt::format("{}{}: {}", words.empty() ? "" : "; ", names, count);
  if (!words.empty()) page.say("counted", words);
}

bool any_counted(const Slice& slice, std::span<const LatencyRow> rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const LatencyRow& row) { return slice.of(row.metric).counted() > 0; });
}

}  // namespace

Facts itl_facts(const Slice& slice) {
  if (slice.of(Metric::kFrameGap).counted() == 0) return {};
  if (slice.itl == ItlLetter::kExact) return {{"itl", "letter A: exact, from the node's own times of tokens"}};
  if (slice.itl == ItlLetter::kNothing || !slice.itl_bounds)
    return {{"itl", "letter C: not measurable here; tpot and frame_gap are what can be said"}};
  std::string words = fmt::format("letter B: only bounds are true; mean {}", time_text(slice.itl_bounds->mean_us));
  for (const ItlBounds::Bound& bound : slice.itl_bounds->bounds)
    words += fmt::format(", p{:g} {}..{}", bound.share * 100, time_text(static_cast<double>(bound.low)),
                         time_text(static_cast<double>(bound.high)));
  return {{"itl", words}};
}

void tell_latencies(Page& page, const Slice& slice) {
  if (!any_counted(slice, kTurnRows)) return;
  page.heading("TIMES             from the intended instant            from the send");
  page.line(fmt::format("{:12}{:>8}{:>8}{:>8}{:>8} {:>8}{:>8}{:>8}", "", "p50", "p90", "p99", "p99.9", "p50", "p99",
                        "p99.9"));
  for (const LatencyRow& row : kTurnRows) tell_row(page, slice, row);
  tell_counts(page, slice, kTurnRows);
  page.say(itl_facts(slice));
}

void tell_connection_times(Page& page, const Slice& slice) {
  if (!any_counted(slice, kConnectionRows)) return;
  page.heading("CONNECTING");
  page.line(fmt::format("{:12}{:>8}{:>8}{:>8}{:>8}", "", "p50", "p90", "p99", "p99.9"));
  for (const LatencyRow& row : kConnectionRows) tell_row(page, slice, row);
  tell_counts(page, slice, kConnectionRows);
}

}  // namespace wsdeep::load
