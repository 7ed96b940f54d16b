#include "load/report/pairs_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/printable.h"

namespace wsdeep::load {
namespace {

/// With its sign, where it is negative.
std::string signed_time_text(double us) {
  return us < 0 ? "-" + time_text(-us) : time_text(us);
}

/// `29.8ms ± 1.20ms`
std::string estimate_text(const Estimate& estimate) {
  std::string words = signed_time_text(estimate.value);
  if (estimate.half_width) words += " ± " + time_text(*estimate.half_width);
  return words;
}

std::string faults_text(const std::map<std::string, std::uint64_t>& faults) {
  std::string words;
  for (const auto& [reason, count] : faults)
    words += fmt::format("{}{} {}", words.empty() ? " (" : ", ", printable(reason), count_text(count));
  return words.empty() ? "" : words + ")";
}

void add_who_came(Facts& facts, const PairedFigures& figures) {
  facts.emplace_back("pairs", fmt::format("{} of {} with a text on both planes; on chat alone {}, on gRPC alone {}",
                                          count_text(figures.both), count_text(figures.pairs),
                                          count_text(figures.only_chat), count_text(figures.only_llm)));
  for (const auto& [name, ttft, faults] : {std::tuple("chat", &figures.chat_ttft, &figures.chat_faults),
                                           std::tuple("gRPC", &figures.llm_ttft, &figures.llm_faults)})
    facts.emplace_back(name, fmt::format("ttft p50 {}, p99 {}, of {} of {}{}", quantile_text(ttft->quantile(0.5)),
                                         quantile_text(ttft->quantile(0.99)), count_text(ttft->counted()),
                                         count_text(ttft->of), faults_text(*faults)));
}

void add_difference(Facts& facts, const PairedFigures& figures) {
  const BatchMeans& found = figures.difference;
  std::string words =
      fmt::format("ttft chat − gRPC: mean {}, median {}, p90 {}, p99 {}", estimate_text(found.mean),
                  estimate_text(found.median), signed_time_text(figures.p90_us), signed_time_text(figures.p99_us));
  if (found.no_interval.empty())
    words +=
        fmt::format(" (95 % by {} batches; n_eff {:.0f} of {})", found.batches, found.n_eff, count_text(figures.both));
  else
    words += "; no interval: " + found.no_interval;
  facts.emplace_back("edge", words);
  facts.emplace_back("", "pair by pair: a difference of two p99s is not a p99 of differences");
}

std::string cell_text(const std::optional<double>& us) {
  return us ? signed_time_text(*us) : "-";
}

struct PartRow {
  std::string_view name;
  std::optional<double> chat_us;
  std::optional<double> llm_us;
  std::optional<Estimate> difference;
  double clock_error_us = 0;
};

PairRow words_of(const PartRow& row) {
  return {std::string(row.name), cell_text(row.chat_us), cell_text(row.llm_us),
          row.difference ? estimate_text(*row.difference) : "-",
          row.clock_error_us > 0 ? "± " + time_text(row.clock_error_us) : ""};
}

bool is_across_clocks(PairPart part) {
  return part == PairPart::kHandOver || part == PairPart::kPostBack;
}

/// What the clocks do not allow is not said.
PartRow row_of(const PairedFigures& figures, PairPart part) {
  const PartFigures& told = figures.of(part);
  PartRow row{name_of(part), told.chat_us, told.llm_us, told.difference, told.clock_error_us};
  if (!is_across_clocks(part)) return row;
  if (!figures.chat_not_split.empty()) row.chat_us.reset();
  if (!figures.llm_not_split.empty()) row.llm_us.reset();
  if (!row.chat_us || !row.llm_us) row.difference.reset();
  return row;
}

/// The sum of some parts, of which there is no interval.
template <typename Which>
PartRow sum_row(const PairedFigures& figures, std::string_view name, Which which) {
  double chat_us = 0;
  double llm_us = 0;
  for (std::size_t i = 0; i < kPairParts; ++i) {
    if (!which(static_cast<PairPart>(i))) continue;
    chat_us += figures.parts[i].chat_us;
    llm_us += figures.parts[i].llm_us;
  }
  return {name, chat_us, llm_us, Estimate{.value = chat_us - llm_us}};
}

void tell_parts(Page& page, const PairedFigures& figures) {
  const std::vector<PairRow> rows = pair_rows(figures);
  if (!rows.empty()) page.line(fmt::format("{:<12}{:>9}{:>10}  {}", "mean of", "chat", "gRPC", "difference"));
  for (const PairRow& row : rows)
    page.line(fmt::format("{:<12}{:>9}{:>10}  {:<20}{}", row.part, row.chat, row.llm, row.difference,
                          row.clocks.empty() ? "" : "  clocks " + row.clocks));
}

}  // namespace

std::vector<PairRow> pair_rows(const PairedFigures& figures) {
  if (figures.with_parts == 0) return {};
  std::vector<PairRow> rows;
  for (std::size_t i = 0; i < kPairParts; ++i) rows.push_back(words_of(row_of(figures, static_cast<PairPart>(i))));
  const bool whole = figures.chat_not_split.empty() && figures.llm_not_split.empty();
  if (!whole) rows.push_back(words_of(sum_row(figures, "both ways", is_across_clocks)));
  rows.push_back(words_of(sum_row(figures, "ttft", [](PairPart) { return true; })));
  return rows;
}

Facts pair_facts(const PairedFigures& figures) {
  Facts facts;
  add_who_came(facts, figures);
  if (figures.both > 0) add_difference(facts, figures);
  return facts;
}

Facts pair_split_facts(const PairedFigures& figures) {
  if (figures.both == 0) return {};
  Facts facts;
  if (figures.with_parts == 0)
    facts.emplace_back("split",
                       "not possible: no pair has the node's instants on both planes, with a clock that is known "
                       "(see --nodes)");
  else
    facts.emplace_back("split",
                       fmt::format("over {} of {} pairs", count_text(figures.with_parts), count_text(figures.both)));
  if (!figures.chat_not_split.empty()) facts.emplace_back("", "chat: " + figures.chat_not_split);
  if (!figures.llm_not_split.empty()) facts.emplace_back("", "gRPC: " + figures.llm_not_split);
  for (const ClockOffset& clock : figures.clocks)
    facts.emplace_back(
        "clock", fmt::format("{}: its clock − ours {}us ± {}, by {} exchanges", printable(clock.node), clock.offset,
                             time_text(static_cast<double>(clock.error)), count_text(clock.samples)));
  return facts;
}

void tell_pairs(Page& page, const PairedFigures& figures) {
  page.heading("EDGE: THE FRONT DOOR BESIDE THE NODES");
  page.say(pair_facts(figures));
  if (figures.both > 0) tell_parts(page, figures);
  page.say(pair_split_facts(figures));
}

}  // namespace wsdeep::load
