#pragma once

#include "load/report/markup.h"
#include "load/report/result.h"

/// The sections of the HTML report of one run; each is left out where the run has nothing of it. Private to report/.
namespace wsdeep::load {

void write_verdict(Markup& page, const Result& result);
void write_key_figures(Markup& page, const Result& result);
void write_levels(Markup& page, const Result& result);
void write_attempts(Markup& page, const Result& result);
void write_latency_course(Markup& page, const Result& result);
void write_times(Markup& page, const Result& result);
void write_throughput(Markup& page, const Result& result);
void write_errors(Markup& page, const Result& result);
void write_stages(Markup& page, const Result& result);
void write_nodes(Markup& page, const Result& result);
void write_edge(Markup& page, const Result& result);
void write_connections(Markup& page, const Result& result);
void write_cost(Markup& page, const Result& result);
void write_own_signs(Markup& page, const Result& result);
void write_how_it_was_run(Markup& page, const Result& result);
void write_definitions(Markup& page, const Result& result);

}  // namespace wsdeep::load
