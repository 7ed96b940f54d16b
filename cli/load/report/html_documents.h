#pragma once

#include "load/report/limit_search.h"
#include "load/report/markup.h"
#include "load/report/series.h"

/// The HTML reports of what several runs make. Private to report/.
namespace wsdeep::load {

void write_limit(Markup& page, const LimitSearch& search);
void write_series(Markup& page, const Series& series);

}  // namespace wsdeep::load
