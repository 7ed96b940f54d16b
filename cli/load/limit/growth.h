#pragma once

#include <vector>

#include "load/report/result.h"

namespace wsdeep::load {

/// Whether a series goes up: its slope is beyond chance (99.5 %), and the rise as large as its mean.
bool rises(const std::vector<double>& series);

/// Whether more came than was answered, from block to block: turns in flight rise, and the times to the first text do.
/// A level that is far away hides that for a while, and no load that a fleet cannot bear for long is one that passes.
bool grows(const Result& run);

}  // namespace wsdeep::load
