#pragma once

#include "load/measure/summary.h"
#include "load/report/cost_figures.h"
#include "load/report/page.h"

/// Private to report/.
namespace wsdeep::load {

/// `$0.0123`, `$4.56`: three digits.
std::string usd_text(double usd);
/// `$0.41 … $0.43`; one of them where both read the same.
std::string usd_range_text(double least, double most);

/// What the window cost, item by item, and what a million good tokens did.
void tell_cost(Page& page, const CostFigures& cost);
/// What other coalescing windows would save, and what they would cost in time.
void tell_windows(Page& page, const Summary& summary, const CostFigures& cost);

}  // namespace wsdeep::load
