#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "load/measure/metric.h"
#include "load/report/html_parts.h"
#include "load/report/html_sections.h"
#include "load/report/latency_text.h"
#include "load/report/page.h"
#include "load/report/result_facts.h"

namespace wsdeep::load {
namespace {

constexpr std::array<double, 4> kTableShares = {0.5, 0.9, 0.99, 0.999};

void write_times_table(Markup& page, const Slice& whole) {
  HtmlTable table{.caption = "What begins with “> ” is a lower bound: what had not ended might have made it any more.",
                  .heads = {"", "p50", "p90", "p99", "p99.9", "counted"}};
  for (const MetricFacts& facts : metric_table()) {
    const Distribution& measured = whole.of(facts.metric);
    if (measured.counted() == 0) continue;
    HtmlRow row{{std::string(facts.name)}};
    for (const double share : kTableShares) row.push_back({quantile_text(measured.quantile(share))});
    row.push_back({fmt::format("{} of {}", count_text(measured.counted()), count_text(measured.of))});
    table.rows.push_back(row);
  }
  if (!table.rows.empty()) write_table(page, table);
}

/// A metric's curve, and beside it the one from the send, where there is one.
struct HtmlCurves {
  const char* title;
  Metric metric;
  Metric sent;
};
constexpr std::array kHtmlCurves = {
    HtmlCurves{"Time to first text", Metric::kTtft, Metric::kTtftSent},
    HtmlCurves{"Whole answer", Metric::kE2e, Metric::kE2eSent},
    HtmlCurves{"Between frames with text", Metric::kFrameGap, Metric::kFrameGap},
    HtmlCurves{"Between tokens, at the node", Metric::kItl, Metric::kItl},
};

void draw_curves(Markup& page, const Result& result, const HtmlCurves& curves) {
  const Slice& whole = result.summary.whole;
  std::vector<PlotLine> lines;
  if (curves.sent == curves.metric) {
    lines.push_back(percentile_line("all", whole.of(curves.metric)));
  } else {
    lines.push_back(percentile_line("from the intended instant", whole.of(curves.metric)));
    lines.push_back(percentile_line("from the send", whole.of(curves.sent)));
  }
  Plot plot = percentile_plot(curves.title, std::move(lines));
  plot.levels = levels_on(result.summary, curves.metric);
  draw_plot(page, plot);
}

}  // namespace

void write_times(Markup& page, const Result& result) {
  const Slice& whole = result.summary.whole;
  bool any = false;
  for (const Distribution& measured : whole.metrics) any = any || measured.counted() > 0;
  if (!any) return;
  write_heading(page, "Times");
  write_times_table(page, whole);
  write_facts(page, itl_facts(whole));
  write_facts(page, cache_facts(whole));
  for (const HtmlCurves& curves : kHtmlCurves) draw_curves(page, result, curves);
}

}  // namespace wsdeep::load
