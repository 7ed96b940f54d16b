#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "deploy/change_set.h"
#include "fleet/snapshot.h"

/// A fleet as people read it.
namespace wsdeep::fleet {

/// What the fleet is and does, and its nodes, one a line. On a screen that is too narrow for all columns the less
/// important ones are left out; `style.columns` 0 has them all. `label` stands before the first line.
std::vector<std::string> status_lines(const Snapshot& snapshot, const deploy::ChangeStyle& style,
                                      const char* label = "fleet");

/// What has no room on a screen of so many rows becomes a line that says how much it is.
void cut_lines(std::vector<std::string>& lines, std::size_t rows, const deploy::ChangeStyle& style);

/// `2 of 3 serve, 1 coming`: what the nodes of a group do, in few words.
std::string summary_of(const Group& group);
/// `InService healthy`, `Terminating:Wait draining`: what a node is in for both who manage it.
std::string state_of(const Node& node);
/// `model 37 of 412 GB`: how far a node is on its way; empty: it does not say.
std::string stage_text(const Node& node);
/// `45s`, `12m`, `3h07m`, `4d2h`
std::string age_text(SystemTime since, SystemTime now);
/// `12:03:11  Launching a new EC2 instance: Failed, for lack of capacity`: an activity in one line, with the reason of
/// a failure.
std::string activity_text(const aws::ScalingActivity& activity);
/// `VcpuLimitExceeded: …`: what to do about a node that could not be made; empty for any other activity.
std::string remedy_text(const aws::ScalingActivity& activity);

/// What the nodes of a group cost.
Cost cost_of(const Group& group);

}  // namespace wsdeep::fleet
