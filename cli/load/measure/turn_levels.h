#pragma once

#include <string>
#include <vector>

#include "load/measure/kept_turn.h"
#include "load/measure/levels.h"

namespace wsdeep::load {

/// Whether a completed turn of that stage and node is beyond a level that speaks of one turn: one on a quantile of a
/// metric that each turn has. A turn without text or answer is beyond every limit on when they came.
bool is_slow(const KeptTurn& turn, const std::vector<Level>& levels, const std::string& stage, const std::string& node);

}  // namespace wsdeep::load
