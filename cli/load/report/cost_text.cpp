#include "load/report/cost_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/printable.h"
#include "base/text.h"

namespace wsdeep::load {
namespace {

WindowRow row_of_window(const CoalescingCase& one, const CostItem& messages) {
  constexpr double kMillionTurns = 1e6;
  const auto wait = [&one](double share) {
    return time_text(static_cast<double>(std::min(one.delay.quantile(share), one.delay.max())));
  };
  return {one.window == 0 ? "none" : time_text(static_cast<double>(one.window)),
          fmt::format("{:.1f}", one.frames_per_turn()),
          usd_text(one.frames_per_turn() * kMillionTurns * messages.usd_per_unit),
          time_text(one.delay.mean()),
          wait(0.5),
          wait(0.99),
          one.present};
}

}  // namespace

std::string usd_text(double usd) {
  if (usd == 0 || usd >= 1e-4) {
    const int decimals = usd == 0 ? 0 : std::clamp(2 - static_cast<int>(std::floor(std::log10(usd))), 2, 6);
    return fmt::format("${:.{}f}", usd, decimals);
  }
  return fmt::format("${:.2e}", usd);
}

std::string usd_range_text(double least, double most) {
  const std::string low = usd_text(least), high = usd_text(most);
  return low == high ? low : low + " … " + high;
}

std::string quantity_range_text(const CostItem& item) {
  const std::string least = number_text(item.least, 3), most = number_text(item.most, 3);
  return least == most ? least : least + " … " + most;
}

Facts cost_facts(const CostFigures& cost) {
  Facts facts{{"window", fmt::format("{} by list prices of {}, {}{}", usd_range_text(cost.least_usd(), cost.most_usd()),
                                     printable(cost.region), printable(cost.as_of),
                                     cost.unknown.empty() ? "" : ", without what is not known")}};
  if (const auto least = cost.least_per_mtok())
    facts.emplace_back("tokens", usd_range_text(*least, *cost.most_per_mtok()) + " for a million good tokens");
  if (cost.all_tokens > 0)
    facts.emplace_back(
        "good", fmt::format("{} of {} tokens that were generated came to good turns ({})", count_text(cost.good_tokens),
                            count_text(cost.all_tokens), share_text(cost.good_tokens, cost.all_tokens)));
  for (const std::string& missing : cost.unknown) facts.emplace_back("unknown", printable(missing));
  return facts;
}

std::vector<WindowRow> window_rows(const Summary& summary, const CostFigures& cost) {
  const auto messages = std::ranges::find(cost.items, kMessagesItem, &CostItem::name);
  if (messages == cost.items.end()) return {};
  std::vector<WindowRow> rows;
  for (const CoalescingCase& one : summary.coalescing) rows.push_back(row_of_window(one, *messages));
  return rows;
}

std::string windows_note(const Summary& summary) {
  return fmt::format(
      "by {} answers with the instant of each token: the frames of their text alone, and how long a token waits for "
      "its "
      "own; the first one never does, so that TTFT stays as it is",
      count_text(summary.coalescing.empty() ? 0 : summary.coalescing.front().turns));
}

void tell_cost(Page& page, const CostFigures& cost) {
  page.heading("COST");
  for (const CostItem& item : cost.items)
    page.line(fmt::format("{:<20}{:>18}  {:<22}{}", printable(item.name), quantity_range_text(item),
                          printable(item.price), usd_range_text(item.least_usd(), item.most_usd())));
  page.say(cost_facts(cost));
}

void tell_windows(Page& page, const Summary& summary, const CostFigures& cost) {
  const std::vector<WindowRow> rows = window_rows(summary, cost);
  if (rows.empty()) return;
  page.heading("WHAT IF");
  page.line("coalescing     frames/turn   a million turns      mean       p50       p99");
  for (const WindowRow& row : rows)
    page.line(fmt::format("{:<10}{:>14}{:>18}{:>10}{:>10}{:>10}{}", row.window, row.frames, row.usd, row.mean, row.p50,
                          row.p99, row.present ? "  now" : ""));
  page.say("", windows_note(summary));
}

}  // namespace wsdeep::load
