#pragma once

#include <optional>

#include "load/measure/gap_counts.h"
#include "load/measure/summary.h"

namespace wsdeep::load {

/// What is true of the times between tokens when only the number of tokens of each frame is known: their exact mean,
/// and between which values their quantiles lie, whatever the frames hid. A frame without tokens brought none, and has
/// no part in it. Nothing when no token came after the first frame.
std::optional<ItlBounds> bound_itl(const GapCounts& counts);

}  // namespace wsdeep::load
