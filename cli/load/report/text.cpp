#include "load/report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/display.h"
#include "base/printable.h"
#include "base/text.h"
#include "load/report/connections_text.h"
#include "load/report/fleet_text.h"
#include "load/report/latency_text.h"
#include "load/report/page.h"
#include "load/report/pairs_text.h"
#include "load/report/parts_text.h"
#include "load/report/result_words.h"

namespace wsdeep::load {
namespace {

constexpr const char* kGreen = "32";
constexpr const char* kRed = "31";
constexpr const char* kYellow = "33";

std::string_view colour_of(Validity validity) {
  return validity == Validity::kValid ? kGreen : validity == Validity::kInvalid ? kRed : kYellow;
}

void tell_head(Page& page, const Result& result) {
  page.line(fmt::format("{}  {} load test of {}",
                        page.coloured(std::string("1;") + std::string(colour_of(result.verdict.validity)),
                                      word_of(result.verdict.validity)),
                        result.kind, printable(result.target)));
  for (const std::string& reason : result.verdict.reasons) page.say("", reason_text(reason, result.verdict.signals));
  page.say("load", load_text(result.shape));
  page.say("prompts", result.prompts);
  if (const std::string end = end_text(result); !end.empty()) page.say("end", page.coloured(kYellow, end));
}

std::string judgement_text(const Page& page, Judgement judgement) {
  switch (judgement) {
    case Judgement::kMet:
      return page.coloured(kGreen, "met      ");
    case Judgement::kMissed:
      return page.coloured(kRed, "MISSED   ");
    case Judgement::kUndecided:
      return page.coloured(kYellow, "undecided");
  }
  return "";
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

void tell_tokens(Page& page, const Slice& slice) {
  if (slice.counts_mixed)
    return page.say("tokens", "counted in several ways, which are not added up: no rate can be said");
  if (slice.counted_by == TokenCount::kNone) return;
  const char* about = slice.counted_by == TokenCount::kEstimated ? "≈ " : "";
  std::string words = fmt::format("{}{} received, {}{} ({})", about, count_text(slice.output_tokens), about,
                                  rate_text(slice.output_rate), counter_text(slice.counted_by));
  if (slice.reasoning_tokens > 0) words += fmt::format("; {} of them reasoning", count_text(slice.reasoning_tokens));
  if (slice.wasted_tokens > 0) words += fmt::format("; {} more after a cancellation", count_text(slice.wasted_tokens));
  page.say("tokens", words);
}

/// How well answers came through.
void tell_streams(Page& page, const Slice& slice) {
  if (slice.stalls > 0)
    page.say("stalls", fmt::format("{}, the longest {}", count_text(slice.stalls),
                                   time_text(static_cast<double>(slice.longest_stall))));
  if (slice.gaps + slice.repeats + slice.disorders + slice.restarts > 0)
    page.say("streams", fmt::format("{} gaps, {} repeats, {} out of order, {} begun anew", slice.gaps, slice.repeats,
                                    slice.disorders, slice.restarts));
  if (slice.no_answer > 0)
    page.say("no answer", fmt::format("{} turns ended in reasoning", count_text(slice.no_answer)));
}

void tell_rates(Page& page, const Slice& slice) {
  page.heading("RATES");
  std::string words = fmt::format("{} good turns ({} of {} attempts)", rate_text(slice.goodput),
                                  share_text(slice.good_share()), count_text(slice.tally.attempts));
  if (slice.intended_rate > 0)
    words += fmt::format("; {} intended, {} sent", rate_text(slice.intended_rate), rate_text(slice.sent_rate));
  page.say("goodput", words);
  tell_tokens(page, slice);
  page.say("in flight", fmt::format("{:.1f} in the mean", slice.mean_in_flight));
  tell_streams(page, slice);
}

void tell_cache(Page& page, const Slice& slice) {
  if (slice.of(Metric::kTtft).counted() == 0) return;
  page.say("cached", slice.cached_share ? fmt::format("{} of {} prompt tokens came from a prefix cache",
                                                      share_text(*slice.cached_share), count_text(slice.prompt_tokens))
                                        : "the engine does not say how much of the prompts it had in a cache");
}

void tell_connections(Page& page, const Summary& summary) {
  if (summary.connections_opened + summary.connections_failed == 0) return;
  tell_connection_times(page, summary.whole);
  std::string words = fmt::format("{} opened, {} failed", count_text(summary.connections_opened),
                                  count_text(summary.connections_failed));
  for (const auto& [code, count] : summary.close_codes)
    words += fmt::format(", {} closed with {}", count_text(count), code);
  page.say("sessions", words);
}

/// Of the pool what a reader has to know: turns that waited for a connection look slower than those that did not.
void tell_pool(Page& page, const SessionFigures& sessions) {
  std::vector<std::string> words;
  if (sessions.opened_for_turns > 0)
    words.push_back(fmt::format("{} turns found no session idle and had to wait for a new one (--sessions)",
                                count_text(sessions.opened_for_turns)));
  if (sessions.lost > 0) words.push_back(fmt::format("{} sessions were lost", count_text(sessions.lost)));
  if (!words.empty()) page.say("pool", join(words, "; "));
}

void tell_window(Page& page, const Summary& summary) {
  const WarmUp& warm_up = summary.warm_up;
  std::string words = fmt::format("{} from {} on", seconds_text(summary.whole.to - summary.whole.from),
                                  seconds_text(summary.whole.from));
  if (!warm_up.steady)
    words += ": no steady state was found";
  else if (warm_up.cut > 0)
    words += fmt::format(": the warm-up before was {}", warm_up.found ? "found (MSER-5)" : "given");
  page.say("window", words);
}

/// Limits are told of what is beyond them; the manual has the others.
std::string signals_text(const Page& page, const std::vector<Signal>& signals) {
  std::string words;
  for (const Signal& signal : signals) {
    if (!words.empty()) words += ", ";
    words += signal.broken
                 ? page.coloured(kRed, fmt::format("{} {} (limit {})", signal.name, signal.value, signal.limit))
                 : fmt::format("{} {}", signal.name, signal.value);
  }
  return words;
}

void tell_self(Page& page, const Result& result) {
  page.heading("THE TOOL ITSELF");
  tell_window(page, result.summary);
  const LittleCheck& little = result.summary.little;
  page.say("little",
           fmt::format("{:.2f} in flight, rate × time {:.2f}: they differ by {} (up to {} may be)", little.in_flight,
                       little.rate_times_time, share_text(little.residual), share_text(little.allowance)));
  const Histogram& late = result.pacing.late;
  if (!late.empty())
    page.say(
        "pacing",
        fmt::format("{} of {} begun; {} late at p50, {} at p99, {} at most", count_text(result.pacing.begun),
                    count_text(result.pacing.planned), time_text(static_cast<double>(late.quantile(0.5))),
                    time_text(static_cast<double>(late.quantile(0.99))), time_text(static_cast<double>(late.max()))));
  if (const std::string signals = signals_text(page, result.verdict.signals); !signals.empty())
    page.say("watched", signals);
}

}  // namespace

std::string_view word_of(Validity validity) {
  switch (validity) {
    case Validity::kValid:
      return "VALID";
    case Validity::kInvalid:
      return "INVALID";
    case Validity::kInconclusive:
      return "INCONCLUSIVE";
  }
  return "";
}

std::string text_report(const Result& result, const TextStyle& style) {
  Page page(std::max<std::size_t>(style.columns, 80), style.colour);
  tell_head(page, result);
  tell_levels(page, result.summary.levels);
  tell_turns(page, result.summary);
  tell_latencies(page, result.summary.whole);
  tell_cache(page, result.summary.whole);
  tell_rates(page, result.summary.whole);
  tell_stages(page, result.summary);
  tell_nodes(page, result.summary);
  if (result.driver.cancels) tell_cancels(page, *result.driver.cancels);
  tell_engines(page, result.driver.engines);
  tell_connections(page, result.summary);
  if (result.driver.sessions) tell_pool(page, *result.driver.sessions);
  if (result.driver.connections) tell_held_sessions(page, *result.driver.connections);
  if (result.driver.pairs) tell_pairs(page, *result.driver.pairs);
  tell_self(page, result);
  const std::vector<std::string> next = advice_for(result);
  if (!next.empty()) page.heading("NEXT");
  for (const std::string& words : next) page.line(wrap("  " + words, page.columns(), 2));
  return page.text();
}

}  // namespace wsdeep::load
