#pragma once

#include "load/screen/canvas.h"
#include "load/screen/history.h"

/// Private to screen/.
namespace wsdeep::load {

/// Each level, and how it stands.
ScreenList levels_list(const Canvas& canvas, const Progress& progress);

/// Each node with its share of the last ten seconds' turns: one that fell silent, drains or does not answer is seen.
ScreenList nodes_list(const Canvas& canvas, const Progress& progress);

}  // namespace wsdeep::load
