#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "load/measure/distribution.h"

namespace wsdeep::load {

/// Sessions at this moment.
struct SessionsNow {
  std::uint64_t open = 0;
  std::uint64_t opened = 0;  ///< so far, those of the preparation and those that came back among them
  std::uint64_t failed = 0;  ///< attempts to open one
  std::uint64_t storms = 0;  ///< that took all of them, so far

  bool operator==(const SessionsNow&) const = default;
};

/// One of several planes; the quantiles are of the last ten seconds.
struct PlaneNow {
  std::string name{};
  std::size_t in_flight = 0;
  std::uint64_t answered = 0;  ///< turns whose text came, so far
  std::uint64_t failed = 0;    ///< turns without a text, so far
  std::optional<Quantile> ttft_p50{}, ttft_p99{};
};

/// What a node that is watched said last.
struct NodeNow {
  std::string name{};  ///< as it calls itself
  bool draining = false;
  bool answers = true;  ///< it did so the last time that it was asked
};

/// What a driver says of itself while it sends, beside the records that it tells.
struct DriverNow {
  std::optional<SessionsNow> sessions{};
  std::vector<PlaneNow> planes{};
  std::vector<NodeNow> nodes{};
};

}  // namespace wsdeep::load
