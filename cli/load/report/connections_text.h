#pragma once

#include "load/measure/connections.h"
#include "load/report/page.h"

/// Private to report/.
namespace wsdeep::load {

/// What became of sessions that were opened and held.
Facts held_session_facts(const ConnectionFigures& figures);
void tell_held_sessions(Page& page, const ConnectionFigures& figures);

}  // namespace wsdeep::load
