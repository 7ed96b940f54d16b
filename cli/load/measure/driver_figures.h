#pragma once

#include <optional>

#include "load/measure/connections.h"

namespace wsdeep::load {

/// What a driver alone knows of a run, beside the records that it told: what the kind of the run has is there.
struct DriverFigures {
  std::optional<ConnectionFigures> connections{};  ///< `loadtest connect`
};

}  // namespace wsdeep::load
