#pragma once

#include "load/measure/summary.h"
#include "load/report/page.h"

/// Private to report/.
namespace wsdeep::load {

/// A row for each stage, where there are several.
void tell_stages(Page& page, const Summary& summary);
/// Whether chats stayed where they were, and what that is worth.
Facts balance_facts(const NodeBalance& balance);
/// A row for each node that was named, and what staying on one was worth.
void tell_nodes(Page& page, const Summary& summary);

}  // namespace wsdeep::load
