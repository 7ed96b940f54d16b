#pragma once

#include <array>
#include <string>
#include <vector>

#include "load/measure/kept_turn.h"
#include "load/measure/levels.h"

namespace wsdeep::load {

/// Whether a completed turn of that stage and node is beyond a level that speaks of one turn: one on a quantile of a
/// metric that each turn has. A turn without text or answer is beyond every limit on when they came.
bool is_slow(const KeptTurn& turn, const std::vector<Level>& levels, const std::string& stage, const std::string& node);

/// What is known of a turn that goes on.
inline constexpr std::array<Metric, 2> kOpenMetrics = {Metric::kTtft, Metric::kE2e};

/// Whether an unfinished turn is beyond such a level already, whatever becomes of it.
bool is_slow_already(const KeptTurn& turn, const std::vector<Level>& levels, const std::string& stage, Micros now);

}  // namespace wsdeep::load
