#pragma once

#include <optional>
#include <vector>

#include "load/measure/cancel_figures.h"
#include "load/measure/connections.h"
#include "load/measure/engine_figures.h"
#include "load/measure/paired.h"
#include "load/measure/session_figures.h"

namespace wsdeep::load {

/// What a driver alone knows of a run, beside the records that it told: what the kind of the run has is there.
struct DriverFigures {
  std::optional<ConnectionFigures> connections{};  ///< `loadtest connect`
  std::optional<PairedFigures> pairs{};            ///< `loadtest both`
  std::optional<CancelFigures> cancels{};          ///< of the turns that were given up at nodes
  std::optional<SessionFigures> sessions{};        ///< `loadtest chat`
  std::vector<EngineFigures> engines{};            ///< what nodes and their engines said meanwhile, by address
};

}  // namespace wsdeep::load
