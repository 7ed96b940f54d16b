#include "load/report/cost_text.h"
#include "load/report/html_parts.h"
#include "load/report/html_sections.h"

namespace wsdeep::load {
namespace {

void write_items(Markup& page, const CostFigures& cost) {
  HtmlTable table{.heads = {"", "used", "price", "cost"}};
  for (const CostItem& item : cost.items)
    table.rows.push_back(
        {{item.name}, {quantity_range_text(item)}, {item.price}, {usd_range_text(item.least_usd(), item.most_usd())}});
  if (!table.rows.empty()) write_table(page, table);
}

void write_windows(Markup& page, const Summary& summary, const CostFigures& cost) {
  HtmlTable table{.caption = "What if tokens were coalesced for another time",
                  .heads = {"window", "frames a turn", "a million turns", "a token waits: mean", "p50", "p99", ""}};
  for (const WindowRow& row : window_rows(summary, cost))
    table.rows.push_back({{row.window},
                          {row.frames},
                          {row.usd},
                          {row.mean},
                          {row.p50},
                          {row.p99},
                          {row.present ? "as it is now" : "", true}});
  if (table.rows.empty()) return;
  write_table(page, table);
  write_note(page, windows_note(summary));
}

}  // namespace

void write_cost(Markup& page, const Result& result) {
  if (!result.cost) return;
  write_heading(page, "Cost");
  write_items(page, *result.cost);
  write_facts(page, cost_facts(*result.cost));
  write_windows(page, result.summary, *result.cost);
}

}  // namespace wsdeep::load
