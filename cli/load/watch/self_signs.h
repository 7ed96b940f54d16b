#pragma once

#include "load/turn/run_clock.h"
#include "load/watch/self_report.h"
#include "load/watch/verdict.h"

namespace wsdeep::load {

/// What the tool saw of itself, against its limits; lags against the tolerance.
void add_self_signs(Verdict& verdict, const SelfReport& self, Micros tolerance);

}  // namespace wsdeep::load
