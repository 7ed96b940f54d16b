#pragma once

#include "load/report/result.h"

namespace wsdeep::load {

/// Whether more came than was answered, from block to block: turns in flight rise, and the times to the first text do.
/// A level that is far away hides that for a while, and no load that a fleet cannot bear for long is one that passes.
bool grows(const Result& run);

}  // namespace wsdeep::load
