#include "load/report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/display.h"
#include "base/printable.h"
#include "load/report/connections_text.h"
#include "load/report/cost_text.h"
#include "load/report/fleet_text.h"
#include "load/report/latency_text.h"
#include "load/report/page.h"
#include "load/report/pairs_text.h"
#include "load/report/parts_text.h"
#include "load/report/result_facts.h"
#include "load/report/result_words.h"
#include "load/report/workers_text.h"

namespace wsdeep::load {
namespace {

void tell_head(Page& page, const Result& result) {
  const TonedWord verdict = toned_word(result.verdict.validity);
  page.line(fmt::format("{}  {} load test of {}", page.coloured(bold_colour(verdict.tone), verdict.word), result.kind,
                        printable(result.target)));
  for (const std::string& reason : result.verdict.reasons) page.say("", reason_text(reason, result.verdict.signals));
  page.say("load", load_text(result.shape));
  page.say("prompts", result.prompts);
  if (const std::string end = end_text(result); !end.empty())
    page.say("end", page.coloured(plain_colour(Tone::kOpen), end));
}

std::string judgement_text(const Page& page, Judgement judgement) {
  const TonedWord judged = toned_word(judgement);
  return page.coloured(plain_colour(judged.tone), fmt::format("{:<9}", judged.word));
}

/// Why one is undecided, the verdict's reasons have said.
void tell_levels(Page& page, const std::vector<LevelResult>& levels) {
  if (levels.empty()) return;
  page.heading("LEVELS");
  for (const LevelResult& level : levels) {
    const std::string where = level.where.empty() || level.where == "all" ? "" : " of " + printable(level.where);
    page.line(fmt::format("{}  {:<28} {}{}", judgement_text(page, level.judgement), printable(level.level.text),
                          level_value_text(level), where));
  }
}

void tell_turns(Page& page, const Summary& summary) {
  const Tally& tally = summary.whole.tally;
  page.heading("TURNS");
  for (const TurnsRow& row : kTurnsRows)
    page.line(fmt::format("{:<12}{:>9}{:>8}  {}", row.name, count_text(tally.*row.count),
                          share_text(tally.*row.count, tally.attempts), row.what));
  page.line(fmt::format("{:<12}{:>9}{:>8}  {}", "attempts", count_text(tally.attempts), tally.adds_up() ? "" : "?",
                        tally.adds_up() ? "the sum" : "which is NOT the sum"));
  if (const std::string reasons = tally_reasons_text(tally); !reasons.empty()) page.say("why", reasons);
  if (summary.outside.attempts > 0)
    page.say("outside", fmt::format("{} more, before or after the window, count nowhere: {} good",
                                    count_text(summary.outside.attempts), count_text(summary.outside.good)));
}

/// Limits are told of what is beyond them; the manual has the others.
std::string signals_text(const Page& page, const std::vector<Signal>& signals) {
  std::string words;
  for (const Signal& signal : signals) {
    if (!words.empty()) words += ", ";
    words += signal.broken ? page.coloured(plain_colour(Tone::kBad),
                                           fmt::format("{} {} (limit {})", signal.name, signal.value, signal.limit))
                           : fmt::format("{} {}", signal.name, signal.value);
  }
  return words;
}

void tell_rates(Page& page, const Slice& slice) {
  page.heading("RATES");
  page.say(rate_facts(slice));
}

void tell_connections(Page& page, const Summary& summary) {
  if (summary.connections_opened + summary.connections_failed == 0) return;
  tell_connection_times(page, summary.whole);
  page.say(opened_facts(summary));
}

void tell_self(Page& page, const Result& result) {
  page.heading("THE TOOL ITSELF");
  page.say(own_facts(result));
  if (const std::string signals = signals_text(page, result.verdict.signals); !signals.empty())
    page.say("watched", signals);
}

}  // namespace

TonedWord toned_word(Validity validity) {
  switch (validity) {
    case Validity::kValid:
      return {"VALID", Tone::kGood};
    case Validity::kInvalid:
      return {"INVALID", Tone::kBad};
    case Validity::kInconclusive:
      return {"INCONCLUSIVE", Tone::kOpen};
  }
  return {};
}

std::string text_report(const Result& result, const TextStyle& style) {
  Page page(std::max<std::size_t>(style.columns, 80), style.colour);
  tell_head(page, result);
  tell_levels(page, result.summary.levels);
  tell_turns(page, result.summary);
  tell_latencies(page, result.summary.whole);
  page.say(cache_facts(result.summary.whole));
  tell_rates(page, result.summary.whole);
  tell_stages(page, result.summary);
  tell_nodes(page, result.summary);
  if (result.driver.cancels) tell_cancels(page, *result.driver.cancels);
  tell_engines(page, result.driver.engines);
  tell_connections(page, result.summary);
  if (result.driver.sessions) page.say(pool_facts(*result.driver.sessions));
  if (result.driver.connections) tell_held_sessions(page, *result.driver.connections);
  if (result.driver.pairs) tell_pairs(page, *result.driver.pairs);
  if (result.cost) {
    tell_cost(page, *result.cost);
    tell_windows(page, result.summary, *result.cost);
  }
  tell_self(page, result);
  tell_workers(page, result);
  const std::vector<std::string> next = advice_for(result);
  if (!next.empty()) page.heading("NEXT");
  for (const std::string& words : next) page.line(wrap("  " + words, page.columns(), 2));
  return page.text();
}

}  // namespace wsdeep::load
