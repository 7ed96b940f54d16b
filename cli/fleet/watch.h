#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "fleet/snapshot.h"

namespace wsdeep::fleet {

struct WatchOptions {
  std::chrono::milliseconds poll{5000};
  std::optional<std::chrono::milliseconds> limit;  ///< how long at most; absent: as long as it takes
  bool stays = true;                               ///< the screen, when it is over
};

/// Looks at a fleet until `over` says so, and shows it meanwhile: on a terminal the whole of it, drawn over and over,
/// elsewhere one line for each change, and in long silence what is waited for. Rides out throttling and broken
/// connections for a while.
class Watch {
 public:
  Watch(Fleet& fleet, const WatchOptions& options) : fleet_(fleet), options_(options), reader_(fleet) {}

  /// True when it is over. May throw.
  using Over = std::function<bool(const Snapshot&)>;
  /// What is waited for, now: the first line of the screen; empty: no such line.
  using Headline = std::function<std::string(const Snapshot&)>;
  /// The last snapshot. Throws Error{kInterrupted} when interrupted, and Error{kFailure} after `limit`.
  Snapshot until(const Headline& headline, const Over& over);

  /// One look, without showing it.
  Snapshot look() { return reader_.read(); }

 private:
  Fleet& fleet_;
  WatchOptions options_;
  SnapshotReader reader_;
};

}  // namespace wsdeep::fleet
