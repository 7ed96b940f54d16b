#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Where a node of the fleet is on its way, as a line of its journal: `wsdeep-stage: model 37 of 412 GB`. The scripts
/// of templates/node/ write it, and the node when its instance goes; `wsdeep status` and `wsdeep logs --node` read it
/// where the journal is shipped to. Nothing else carries the stage.
namespace wsdeep::wire {

struct NodeStage {
  std::string stage;  ///< disks, image, model, loading, ready, failed or leaving
  std::string
      detail;  ///< `37 of 412 GB`, or why it failed or leaves; may be empty; one line, without control characters

  bool operator==(const NodeStage&) const = default;
};

std::string stage_line(const NodeStage& stage);

/// Nothing for any other line. Anybody who can write to the journal may have written it: a detail is cut after 300
/// bytes.
std::optional<NodeStage> parse_stage_line(std::string_view line);

}  // namespace wsdeep::wire
