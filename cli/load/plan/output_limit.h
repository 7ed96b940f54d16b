#pragma once

#include <cstdint>
#include <optional>

#include "load/plan/lengths.h"
#include "load/turn/arrival.h"

namespace wsdeep::load {

/// How many tokens a turn asks for at most: what its arrival says, else what is drawn, else nothing (the node's own).
struct OutputLimit {
  std::optional<Lengths> lengths{};
  std::uint64_t seed = 1;

  std::optional<int> of(const Arrival& arrival, std::uint64_t conversation, int turn) const;
};

}  // namespace wsdeep::load
