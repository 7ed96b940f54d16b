#include "load/report/result_facts.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "load/report/result_words.h"

namespace wsdeep::load {
namespace {

void add_tokens(Facts& facts, const Slice& slice) {
  if (slice.counts_mixed)
    facts.emplace_back("tokens", "counted in several ways, which are not added up: no rate can be said");
  if (slice.counts_mixed || slice.counted_by == TokenCount::kNone) return;
  const char* about = slice.counted_by == TokenCount::kEstimated ? "≈ " : "";
  std::string words = fmt::format("{}{} received, {}{} ({})", about, count_text(slice.output_tokens), about,
                                  rate_text(slice.output_rate), counter_text(slice.counted_by));
  if (slice.reasoning_tokens > 0) words += fmt::format("; {} of them reasoning", count_text(slice.reasoning_tokens));
  if (slice.wasted_tokens > 0) words += fmt::format("; {} more after a cancellation", count_text(slice.wasted_tokens));
  facts.emplace_back("tokens", words);
}

/// How well answers came through.
void add_streams(Facts& facts, const Slice& slice) {
  if (slice.stalls > 0)
    facts.emplace_back("stalls", fmt::format("{}, the longest {}", count_text(slice.stalls),
                                             time_text(static_cast<double>(slice.longest_stall))));
  if (slice.gaps + slice.repeats + slice.disorders + slice.restarts > 0)
    facts.emplace_back("streams", fmt::format("{} gaps, {} repeats, {} out of order, {} begun anew", slice.gaps,
                                              slice.repeats, slice.disorders, slice.restarts));
  if (slice.no_answer > 0)
    facts.emplace_back("no answer", fmt::format("{} turns ended in reasoning", count_text(slice.no_answer)));
}

std::string window_text(const Summary& summary) {
  const WarmUp& warm_up = summary.warm_up;
  std::string words = fmt::format("{} from {} on", seconds_text(summary.whole.to - summary.whole.from),
                                  seconds_text(summary.whole.from));
  if (!warm_up.steady)
    words += ": no steady state was found";
  else if (warm_up.cut > 0)
    words += fmt::format(": the warm-up before was {}", warm_up.found ? "found (MSER-5)" : "given");
  return words;
}

}  // namespace

Facts rate_facts(const Slice& slice) {
  Facts facts;
  std::string words = fmt::format("{} good turns ({} of {} attempts)", rate_text(slice.goodput),
                                  share_text(slice.good_share()), count_text(slice.tally.attempts));
  if (slice.intended_rate > 0)
    words += fmt::format("; {} intended, {} sent", rate_text(slice.intended_rate), rate_text(slice.sent_rate));
  facts.emplace_back("goodput", words);
  add_tokens(facts, slice);
  facts.emplace_back("in flight", fmt::format("{:.1f} in the mean", slice.mean_in_flight));
  add_streams(facts, slice);
  return facts;
}

Facts cache_facts(const Slice& slice) {
  if (slice.of(Metric::kTtft).counted() == 0) return {};
  return {{"cached", slice.cached_share ? fmt::format("{} of {} prompt tokens came from a prefix cache",
                                                      share_text(*slice.cached_share), count_text(slice.prompt_tokens))
                                        : "the engine does not say how much of the prompts it had in a cache"}};
}

Facts opened_facts(const Summary& summary) {
  if (summary.connections_opened + summary.connections_failed == 0) return {};
  std::string words = fmt::format("{} opened, {} failed", count_text(summary.connections_opened),
                                  count_text(summary.connections_failed));
  for (const auto& [code, count] : summary.close_codes)
    words += fmt::format(", {} closed with {}", count_text(count), code);
  return {{"sessions", words}};
}

Facts pool_facts(const SessionFigures& sessions) {
  std::vector<std::string> words;
  if (sessions.opened_for_turns > 0)
    words.push_back(fmt::format("{} turns found no session idle and had to wait for a new one (--sessions)",
                                count_text(sessions.opened_for_turns)));
  if (sessions.lost > 0) words.push_back(fmt::format("{} sessions were lost", count_text(sessions.lost)));
  if (words.empty()) return {};
  return {{"pool", join(words, "; ")}};
}

Facts own_facts(const Result& result) {
  Facts facts;
  facts.emplace_back("window", window_text(result.summary));
  const LittleCheck& little = result.summary.little;
  facts.emplace_back("little", fmt::format("{:.2f} in flight, rate × time {:.2f}: they differ by {} (up to {} may be)",
                                           little.in_flight, little.rate_times_time, share_text(little.residual),
                                           share_text(little.allowance)));
  const Histogram& late = result.pacing.late;
  if (!late.empty())
    facts.emplace_back(
        "pacing",
        fmt::format("{} of {} begun; {} late at p50, {} at p99, {} at most", count_text(result.pacing.begun),
                    count_text(result.pacing.planned), time_text(static_cast<double>(late.quantile(0.5))),
                    time_text(static_cast<double>(late.quantile(0.99))), time_text(static_cast<double>(late.max()))));
  return facts;
}

}  // namespace wsdeep::load
