#pragma once

#include <optional>
#include <set>
#include <string>

#include "fleet/watch.h"

namespace wsdeep::fleet {

/// Why it is in vain to wait for the nodes that a group lacks, and what to do about it.
struct ServingTrouble {
  std::string what;
  std::string remedy;
};

/// How a waiting ended.
struct ServingEnd {
  Snapshot last;
  std::optional<ServingTrouble> trouble;  ///< nothing: it has what it waited for
};

/// Waits until as many nodes serve as the main group wants.
class ServingWait {
 public:
  /// `since`: when what is waited for began, as AWS writes times; nodes that could not be made before do not count.
  explicit ServingWait(std::string since = {}) : since_(std::move(since)) {}
  /// What has failed in `group` so far does not count.
  explicit ServingWait(const Group& group);

  /// Waits for something else of the group, that it is `over`. A node that cannot be made is told at once, as `watch`
  /// does it, and ends the waiting when no other one is on its way: a quota after the first failure, a lack of
  /// capacity, which may pass, after a few in a row. Throws what Watch::until throws.
  ServingEnd until(Watch& watch, const Watch::Headline& headline, const Watch::Over& over) const;
  /// The last snapshot. Throws Error{kFailure} for what ends it without success, and what Watch::until throws.
  Snapshot run(Watch& watch) const;

  /// What ends the waiting without success; nothing: it goes on.
  std::optional<ServingTrouble> trouble_in(const Group& group) const;

 private:
  bool counts(const aws::ScalingActivity& activity) const;

  std::string since_;
  std::set<std::string> known_;
};

/// True when the main group has what it wants, which may be nothing.
bool is_served(const Group& group);

}  // namespace wsdeep::fleet
