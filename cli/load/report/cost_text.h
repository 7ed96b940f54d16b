#pragma once

#include <string>
#include <vector>

#include "load/measure/summary.h"
#include "load/report/cost_figures.h"
#include "load/report/page.h"

/// Private to report/.
namespace wsdeep::load {

/// `$0.0123`, `$4.56`: three digits.
std::string usd_text(double usd);
/// `$0.41 … $0.43`; one of them where both read the same.
std::string usd_range_text(double least, double most);

/// How much of an item was used: `12`, `1,204 … 1,310`.
std::string quantity_range_text(const CostItem& item);
/// The sum, what a million good tokens cost, and what is not known.
Facts cost_facts(const CostFigures& cost);

/// What another coalescing window would save, and what it would cost in time, in words.
struct WindowRow {
  std::string window, frames, usd, mean, p50, p99;
  bool present = false;  ///< it is the one that the system has
};
/// None where no message is paid for, or no answer has the instants of its tokens.
std::vector<WindowRow> window_rows(const Summary& summary, const CostFigures& cost);
/// What the rows are over.
std::string windows_note(const Summary& summary);

/// What the window cost, item by item, and what a million good tokens did.
void tell_cost(Page& page, const CostFigures& cost);
/// What other coalescing windows would save, and what they would cost in time.
void tell_windows(Page& page, const Summary& summary, const CostFigures& cost);

}  // namespace wsdeep::load
