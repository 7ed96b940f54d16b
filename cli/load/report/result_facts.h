#pragma once

#include "load/report/page.h"
#include "load/report/result.h"

/// What is said of a run in words rather than in tables, for a screen and for a page of HTML. Private to report/.
namespace wsdeep::load {

/// How much came, and how well.
Facts rate_facts(const Slice& slice);
/// How much of the prompts the engine knew.
Facts cache_facts(const Slice& slice);
/// The connections, and how they were closed.
Facts opened_facts(const Summary& summary);
/// Of the pool what a reader has to know: turns that waited for a connection look slower than those that did not.
Facts pool_facts(const SessionFigures& sessions);
/// What the tool knows of itself but for the signs that it watched: the window, Little's law, how it kept its schedule.
Facts own_facts(const Result& result);

}  // namespace wsdeep::load
