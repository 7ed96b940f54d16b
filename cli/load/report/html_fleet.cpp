#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "load/measure/window.h"
#include "load/report/fleet_text.h"
#include "load/report/html_parts.h"
#include "load/report/html_sections.h"
#include "load/report/page.h"
#include "load/report/parts_text.h"

namespace wsdeep::load {
namespace {

/// What stages and nodes have in common.
void add_cells(HtmlRow& row, const Slice& slice) {
  const Distribution& ttft = slice.of(Metric::kTtft);
  row.push_back({share_text(slice.good_share())});
  row.push_back({quantile_text(ttft.quantile(0.5))});
  row.push_back({quantile_text(ttft.quantile(0.99))});
  row.push_back({quantile_text(slice.of(Metric::kE2e).quantile(0.99))});
}

void write_node_table(Markup& page, const Summary& summary) {
  HtmlTable table{.heads = {"node", "attempts", "share", "good", "TTFT p50", "TTFT p99", "whole answer p99"}};
  for (const Slice& node : summary.nodes) {
    HtmlRow row{{node.name},
                {count_text(node.tally.attempts)},
                {share_text(node.tally.attempts, summary.whole.tally.attempts)}};
    add_cells(row, node);
    table.rows.push_back(row);
  }
  write_table(page, table);
}

constexpr std::size_t kMostNodeLines = 8;

/// The busiest nodes.
std::vector<std::string> nodes_to_draw(const Summary& summary) {
  std::vector<const Slice*> nodes;
  for (const Slice& node : summary.nodes)
    if (node.name != kNoNode) nodes.push_back(&node);
  std::stable_sort(nodes.begin(), nodes.end(),
                   [](const Slice* a, const Slice* b) { return a->tally.attempts > b->tally.attempts; });
  nodes.resize(std::min(nodes.size(), kMostNodeLines));
  std::vector<std::string> names;
  for (const Slice* node : nodes) names.push_back(node->name);
  std::sort(names.begin(), names.end());
  return names;
}

const NodeSpan* node_in(const Span& span, const std::string& name) {
  const auto found =
      std::find_if(span.nodes.begin(), span.nodes.end(), [&](const NodeSpan& node) { return node.node == name; });
  return found == span.nodes.end() ? nullptr : &*found;
}

std::uint64_t named_attempts(const Span& span) {
  std::uint64_t sum = 0;
  for (const NodeSpan& node : span.nodes) sum += node.attempts;
  return sum;
}

/// Of all that nodes had in that span; nothing where they had none.
PlotPoint share_point(const Span& span, double x, const NodeSpan* node) {
  const std::uint64_t all = named_attempts(span);
  if (all == 0) return {x, std::numeric_limits<double>::quiet_NaN()};
  return {x, node == nullptr ? 0 : static_cast<double>(node->attempts) / static_cast<double>(all)};
}

PlotPoint ttft_point(double x, const NodeSpan* node) {
  if (node == nullptr || !node->ttft_p50) return {x, std::numeric_limits<double>::quiet_NaN()};
  return {x, static_cast<double>(node->ttft_p50->value), node->ttft_p50->more_than};
}

void draw_nodes(Markup& page, const Result& result) {
  const std::vector<std::string> names = nodes_to_draw(result.summary);
  if (!result.summary.spans || names.empty()) return;
  Plot shares =
      course_plot(result, "Each node's share of the attempts", [](double share) { return share_text(share); });
  Plot ttft = course_plot(result, "Time to first text by node, p50", plot_micros_text);
  if (result.summary.nodes.size() > kMostNodeLines) shares.note = "The busiest nodes; the table has all.";
  shares.y = PlotRange{PlotScale::kLinear, 0, 1};
  for (const std::string& name : names) {
    PlotLine share{name, {}};
    PlotLine first{name, {}};
    for (const Span& span : *result.summary.spans) {
      const double x = (static_cast<double>(span.from) + static_cast<double>(span.to)) / 2 / kOneSecond;
      share.points.push_back(share_point(span, x, node_in(span, name)));
      first.points.push_back(ttft_point(x, node_in(span, name)));
    }
    shares.lines.push_back(std::move(share));
    ttft.lines.push_back(std::move(first));
  }
  draw_plot(page, shares);
  draw_plot(page, ttft);
}

}  // namespace

void write_stages(Markup& page, const Result& result) {
  if (result.summary.stages.size() < 2) return;
  write_heading(page, "Stages");
  HtmlTable table{
      .heads = {"stage", "intended", "sent", "attempts", "good", "TTFT p50", "TTFT p99", "whole answer p99"}};
  for (const Slice& stage : result.summary.stages) {
    HtmlRow row{{stage.name},
                {rate_text(stage.intended_rate)},
                {rate_text(stage.sent_rate)},
                {count_text(stage.tally.attempts)}};
    add_cells(row, stage);
    table.rows.push_back(row);
  }
  write_table(page, table);
}

void write_nodes(Markup& page, const Result& result) {
  const DriverFigures& driver = result.driver;
  if (result.summary.nodes.empty() && driver.engines.empty() && !driver.cancels) return;
  write_heading(page, "Nodes");
  if (!result.summary.nodes.empty()) write_node_table(page, result.summary);
  draw_nodes(page, result);
  write_facts(page, balance_facts(result.summary.balance));
  if (driver.cancels) write_facts(page, cancel_facts(*driver.cancels));
  write_facts(page, engine_facts(driver.engines));
}

}  // namespace wsdeep::load
