#pragma once

#include <cstdint>
#include <optional>

#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// One entry of the schedule: a turn is to be sent at this instant. Lengths are set where a trace has them.
struct Arrival {
  std::uint64_t index = 0;  ///< in the schedule, from 0; of an attempt in a closed loop: how many came before it
  Micros intended = 0;      ///< in a schedule from its begin; as a driver gets it, on the run's clock
  int stage = 0;
  std::optional<int> prompt_tokens{};
  std::optional<int> output_tokens{};
  std::optional<std::uint64_t> trace_row{};  ///< for what only the trace's prompts know, such as shared prefixes
  Micros cancel_after = kNever;              ///< from the send on: the user gives up then
};

}  // namespace wsdeep::load
