#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "fleet/snapshot.h"

namespace wsdeep::fleet {

/// What has become different from one look at a fleet to the next, in lines for a log.
class Changes {
 public:
  /// Nothing for the first look, but what fails since then is told.
  std::vector<std::string> since_last(const Snapshot& now);

 private:
  void add_activities(const Group& group, std::vector<std::string>& out);

  bool first_ = true;
  std::map<std::string, std::string> states_;      ///< node → state
  std::map<std::string, std::string> activities_;  ///< id → status
  std::string time_;
};

}  // namespace wsdeep::fleet
