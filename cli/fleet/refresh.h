#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fleet/watch.h"

namespace wsdeep::fleet {

struct RefreshOptions {
  std::vector<std::int64_t> checkpoints;  ///< percent; empty: after the first node, and at the end
  std::chrono::seconds pause{300};        ///< at each checkpoint
  bool only_outdated = false;             ///< leave alone what runs the wanted launch template already
  bool old_first = false;  ///< where there is no room for one more: the old one goes before the new is made
};

/// One node after the other, each made before the one that it replaces goes: never more than one above what is wanted,
/// or with `old_first` never more than one below.
aws::RefreshRequest refresh_request(const Group& group, const RefreshOptions& options);

/// Follows a refresh, somebody else's too, to its end. At the first node that cannot be made it is cancelled: what is
/// replaced stays so, and the rest is left alone. Throws Error{kFailure} for one that did not succeed.
class RefreshFollower {
 public:
  /// `id` of the refresh: for a moment AWS may list the one before it still.
  RefreshFollower(Fleet& fleet, std::string group, std::string id)
      : fleet_(fleet), group_(std::move(group)), id_(std::move(id)) {}

  /// `wanted`: the end that is waited for, Successful, Cancelled or RollbackSuccessful.
  void follow(Watch& watch, const std::string& wanted);

 private:
  bool is_over(const Snapshot& now, const std::string& wanted);
  void stop_at_failure(const aws::InstanceRefresh& refresh, const Snapshot& now);

  Fleet& fleet_;
  std::string group_;
  std::string id_;
  std::string failure_;  ///< why we cancelled it
  std::string remedy_;   ///< of it
};

/// `refresh InProgress 50 %, 1 node to replace: Waiting for …`
std::string refresh_text(const std::optional<aws::InstanceRefresh>& refresh);

}  // namespace wsdeep::fleet
