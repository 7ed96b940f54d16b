#include "fleet/changes.h"

#include <fmt/format.h>

#include "base/printable.h"
#include "fleet/status_text.h"

namespace wsdeep::fleet {

std::vector<std::string> Changes::since_last(const Snapshot& now) {
  std::vector<std::string> lines;
  time_ = iso8601(now.at).substr(11, 8);
  const auto before = std::move(states_);
  states_.clear();
  const auto compare = [&](const Group& group) {
    add_activities(group, lines);
    for (const Node& node : group.nodes) {
      const std::string state = node.stage ? state_of(node) + " " + node.stage->stage : state_of(node);
      const auto known = before.find(node.id);
      states_[node.id] = state;
      if (first_ || (known != before.end() && known->second == state)) continue;
      const std::string from = known == before.end() ? "" : known->second + " → ";
      std::string reason = node.reason.empty() ? "" : "  " + node.reason;
      if (node.stage && !node.stage->detail.empty()) reason += "  " + stage_text(node);
      lines.push_back(printable(fmt::format("{}  {}  {}{}{}", time_, node.id, from, state, reason)));
    }
  };
  compare(now.main);
  if (now.rollout_group) compare(*now.rollout_group);
  for (const auto& [id, state] : before)
    if (!states_.contains(id)) lines.push_back(printable(fmt::format("{}  {}  {} → gone", time_, id, state)));
  first_ = false;
  return lines;
}

void Changes::add_activities(const Group& group, std::vector<std::string>& out) {
  // The oldest first, as they happened.
  for (auto one = group.activities.rbegin(); one != group.activities.rend(); ++one) {
    std::string& known = activities_[one->id];
    if (known == one->status) continue;
    known = one->status;
    if (first_) continue;
    out.push_back(activity_text(*one));
    if (const std::string remedy = remedy_text(*one); !remedy.empty()) out.push_back("          " + remedy);
  }
}

}  // namespace wsdeep::fleet
