#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "load/report/connections_text.h"
#include "load/report/html_parts.h"
#include "load/report/html_sections.h"
#include "load/report/page.h"
#include "load/report/pairs_text.h"
#include "load/report/result_facts.h"

namespace wsdeep::load {
namespace {

void write_parts(Markup& page, const PairedFigures& figures) {
  HtmlTable table{.caption = "The way to the first text, mean by part",
                  .heads = {"", "chat", "gRPC", "difference", "clocks"}};
  for (const PairRow& row : pair_rows(figures))
    table.rows.push_back({{row.part}, {row.chat}, {row.llm}, {row.difference}, {row.clocks}});
  if (!table.rows.empty()) write_table(page, table);
  write_facts(page, pair_split_facts(figures));
}

Distribution complete(const Histogram& values) {
  return {values, {}, values.count()};
}

void draw_lifetimes(Markup& page, const ConnectionFigures& figures) {
  std::vector<PlotLine> lines{percentile_line("all that have closed", complete(figures.lifetimes))};
  for (const OwnEnd& end : figures.own_ends)
    lines.push_back(percentile_line(fmt::format("ended by themselves: {}", end.why), complete(end.lifetimes)));
  draw_plot(page, percentile_plot("How long connections were open", std::move(lines)));
}

void draw_storms(Markup& page, const ConnectionFigures& figures) {
  std::vector<PlotLine> lines;
  for (std::size_t i = 0; i < figures.storms.size(); ++i)
    lines.push_back(percentile_line(fmt::format("storm {}", i + 1), complete(figures.storms[i].back_after)));
  draw_plot(page, percentile_plot("Open again after a storm", std::move(lines)));
}

}  // namespace

void write_edge(Markup& page, const Result& result) {
  if (!result.driver.pairs) return;
  const PairedFigures& figures = *result.driver.pairs;
  write_heading(page, "The front door beside the nodes");
  write_facts(page, pair_facts(figures));
  if (figures.both > 0) write_parts(page, figures);
  draw_plot(page, percentile_plot("Time to first text on both planes", {percentile_line("chat", figures.chat_ttft),
                                                                        percentile_line("gRPC", figures.llm_ttft)}));
}

void write_connections(Markup& page, const Result& result) {
  Facts facts = opened_facts(result.summary);
  if (result.driver.sessions)
    for (auto& fact : pool_facts(*result.driver.sessions)) facts.push_back(std::move(fact));
  if (facts.empty() && !result.driver.connections) return;
  write_heading(page, "Connections");
  write_facts(page, facts);
  if (!result.driver.connections) return;
  const ConnectionFigures& figures = *result.driver.connections;
  write_facts(page, held_session_facts(figures));
  draw_lifetimes(page, figures);
  draw_storms(page, figures);
}

}  // namespace wsdeep::load
