#include "load/report/parts_text.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "base/display.h"
#include "base/printable.h"

namespace wsdeep::load {
namespace {

constexpr std::size_t kNodeWidth = 20;
constexpr std::size_t kStageWidth = 16;

std::uint64_t bad_in(const Tally& tally) {
  return tally.errors() + tally.unfinished;
}

std::string name_cell(const std::string& name, std::size_t width) {
  const std::string text = cut_middle(printable(name), width - 1);
  return text + std::string(width - display_width(text), ' ');
}

/// What stages and nodes have in common.
std::string figures_of(const Slice& slice) {
  const Distribution& ttft = slice.of(Metric::kTtft);
  return fmt::format("{:>8}{:>8}{:>8}{:>8}{:>8}", share_text(slice.good_share()), count_text(bad_in(slice.tally)),
                     quantile_text(ttft.quantile(0.5)), quantile_text(ttft.quantile(0.99)),
                     quantile_text(slice.of(Metric::kE2e).quantile(0.99)));
}

constexpr const char* kFiguresHead = "    good     bad ttft50  ttft99   e2e99";

/// How much sooner a turn is answered where its chat was before.
std::string kv_effect_text(const NodeBalance::KvEffect& kv) {
  std::string words = fmt::format(
      "a turn that moved to another node waits {}{} longer for its first text (± {}, by regression over {} turns)",
      kv.moved_minus_kept_us < 0 ? "-" : "", time_text(std::abs(kv.moved_minus_kept_us)),
      time_text(2 * kv.standard_error_us), count_text(kv.turns));
  if (kv.us_per_uncached_ktoken)
    words += fmt::format("; 1,000 uncached prompt tokens cost {}{}", *kv.us_per_uncached_ktoken < 0 ? "-" : "",
                         time_text(std::abs(*kv.us_per_uncached_ktoken)));
  return words;
}

}  // namespace

void tell_stages(Page& page, const Summary& summary) {
  if (summary.stages.size() < 2) return;
  page.heading("STAGES");
  page.line(fmt::format("{:<{}}{:>8}{:>8}{:>8}{}", "", kStageWidth, "aim", "sent", "turns", kFiguresHead));
  for (const Slice& stage : summary.stages)
    page.line(fmt::format("{}{:>8}{:>8}{:>8}{}", name_cell(stage.name, kStageWidth), rate_text(stage.intended_rate),
                          rate_text(stage.sent_rate), count_text(stage.tally.attempts), figures_of(stage)));
}

Facts balance_facts(const NodeBalance& balance) {
  Facts facts;
  std::string words;
  if (balance.stickiness)
    words = fmt::format("{} of later turns stayed on their node", share_text(*balance.stickiness));
  if (balance.skew) words += fmt::format("{}skew {:.2f} (1: all alike)", words.empty() ? "" : "; ", *balance.skew);
  if (!words.empty()) facts.emplace_back("balance", words);
  if (balance.kv) facts.emplace_back("kv cache", kv_effect_text(*balance.kv));
  return facts;
}

void tell_nodes(Page& page, const Summary& summary) {
  if (summary.nodes.empty()) return;
  page.heading("NODES");
  page.line(fmt::format("{:<{}}{:>8}{:>8}{}", "", kNodeWidth, "turns", "share", kFiguresHead));
  for (const Slice& node : summary.nodes)
    page.line(fmt::format("{}{:>8}{:>8}{}", name_cell(node.name, kNodeWidth), count_text(node.tally.attempts),
                          share_text(node.tally.attempts, summary.whole.tally.attempts), figures_of(node)));
  page.say(balance_facts(summary.balance));
}

}  // namespace wsdeep::load
