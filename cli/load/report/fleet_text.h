#pragma once

#include <vector>

#include "load/measure/cancel_figures.h"
#include "load/measure/engine_figures.h"
#include "load/report/page.h"

/// Private to report/.
namespace wsdeep::load {

/// What cancelled turns left behind at their nodes.
Facts cancel_facts(const CancelFigures& cancels);
void tell_cancels(Page& page, const CancelFigures& cancels);

/// What nodes and engines said meanwhile: what a reader looks at first; files have all of it.
Facts engine_facts(const std::vector<EngineFigures>& engines);
void tell_engines(Page& page, const std::vector<EngineFigures>& engines);

}  // namespace wsdeep::load
