#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "load/turn/run_clock.h"
#include "load/watch/verdict.h"

namespace wsdeep::load {

/// One of the workers of a run that many did.
struct MergedWorker {
  int worker = 0;
  std::string missing{};      ///< why its share is not in the figures; empty: it is
  std::uint64_t planned = 0;  ///< arrivals of its share
  std::uint64_t begun = 0;    ///< of those
  std::optional<Micros>
      clock_error{};              ///< its wall clock, and with it its start, may be off by so much; nothing: not known
  std::string clock_known_by{};   ///< `kernel`, or why it is not known
  std::vector<Signal> signals{};  ///< what it watched in itself
};

}  // namespace wsdeep::load
