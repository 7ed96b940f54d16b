#pragma once

#include <map>
#include <optional>
#include <string>

#include "deploy/log_reader.h"
#include "fleet/fleet.h"
#include "wire/node_stage.h"

namespace wsdeep::fleet {

/// How far the nodes are on their way, as their journals say; see wire/node_stage.h.
class Stages {
 public:
  /// What has been written since the last look, at first in the last hours. A journal that is not there yet is no
  /// fault.
  void read(Fleet& fleet);
  /// The last that the instance has said; nothing: none that is known.
  std::optional<wire::NodeStage> of(const std::string& instance) const;

 private:
  std::optional<deploy::LogReader> journal_;
  std::map<std::string, wire::NodeStage> known_;
};

}  // namespace wsdeep::fleet
