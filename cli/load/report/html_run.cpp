#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

#include "base/clock.h"
#include "load/measure/metric.h"
#include "load/report/html_parts.h"
#include "load/report/html_sections.h"
#include "load/report/page.h"
#include "load/report/result_facts.h"
#include "load/report/result_words.h"
#include "load/report/workers_text.h"

namespace wsdeep::load {
namespace {

void write_signs(Markup& page, const std::vector<Signal>& signals) {
  if (signals.empty()) return;
  HtmlTable table{.caption = "What the tool watched in itself and its machine",
                  .heads = {"sign", "value", "limit", "what to do"}};
  for (const Signal& signal : signals)
    table.rows.push_back({{signal.name, false, signal.broken ? "says-bad" : ""},
                          {signal.value + (signal.broken ? ": beyond" : ""), false, signal.broken ? "says-bad" : ""},
                          {signal.limit},
                          {signal.advice, true}});
  write_table(page, table);
}

void write_stage_plan(Markup& page, const LoadShape& shape) {
  if (shape.stages.size() < 2) return;
  HtmlTable table{.caption = "Stages", .heads = {"stage", "duration", "rate from", "to"}};
  for (const Stage& stage : shape.stages)
    table.rows.push_back(
        {{stage.name}, {seconds_text(stage.duration)}, {rate_text(stage.rate_from)}, {rate_text(stage.rate_to)}});
  write_table(page, table);
}

using Definition = std::pair<const char*, const char*>;
constexpr std::array kDefinitions = {
    Definition{"attempt",
               "one question, from the instant at which the schedule wants it begun; each is in one row of the "
               "table above, and the rows add up"},
    Definition{"good", "completed whole, within every level that speaks of one attempt; slow is whole, and beyond one"},
    Definition{"goodput", "good attempts a second of the window"},
    Definition{"window",
               "from the end of the warm-up to the end of the schedule, less the cool-down; an attempt is in it "
               "when its intended instant is"},
    Definition{"percentile",
               "the value at rank ⌈p·n⌉ of the n that could have ended, to three digits; what had not ended "
               "counts with its age, as a lower bound"},
    Definition{"> x", "a lower bound: what was still under way when the run ended might have made it any more"},
    Definition{"n of N", "so many are counted, of all attempts at which it could have been measured"},
    Definition{"from the intended instant",
               "the headline times: an attempt that had to wait to be sent looks as much "
               "slower; names that end in _sent count from the send"},
};

void write_metric_definitions(Markup& page, const Slice& whole, Facts facts) {
  for (const MetricFacts& metric : metric_table())
    if (whole.of(metric.metric).counted() > 0)
      facts.emplace_back(std::string(metric.name), fmt::format("{}; over {}", metric.meaning, metric.over));
  write_facts(page, facts);
}

}  // namespace

void write_own_signs(Markup& page, const Result& result) {
  write_heading(page, "What the load test noticed of itself");
  Facts facts = own_facts(result);
  for (auto& fact : workers_facts(result)) facts.push_back(std::move(fact));
  write_facts(page, facts);
  write_signs(page, result.verdict.signals);
}

void write_how_it_was_run(Markup& page, const Result& result) {
  write_heading(page, "How it was run");
  const LoadShape& shape = result.shape;
  Facts facts{{"command", "wsdeep loadtest " + result.kind},
              {"target", result.target},
              {"load", load_text(shape)},
              {"seed", fmt::format("{}", shape.seed)},
              {"prompts", result.prompts}};
  if (shape.cancel_share > 0)
    facts.emplace_back("cancelled", fmt::format("{} of the attempts, {} after their send",
                                                share_text(shape.cancel_share), seconds_text(shape.cancel_after)));
  facts.emplace_back("begun", iso8601(result.started));
  facts.emplace_back("run", result.id);
  facts.emplace_back("wsdeep", result.version);
  write_facts(page, facts);
  write_stage_plan(page, shape);
}

void write_definitions(Markup& page, const Result& result) {
  write_heading(page, "What the figures mean");
  Facts facts;
  for (const auto& [name, meaning] : kDefinitions) facts.emplace_back(name, meaning);
  write_metric_definitions(page, result.summary.whole, std::move(facts));
}

}  // namespace wsdeep::load
