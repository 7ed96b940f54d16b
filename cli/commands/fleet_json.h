#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "fleet/snapshot.h"

namespace wsdeep::commands {

/// A fleet for scripts; what was not found out is null. With two spaces a level and a newline, or in one line.
std::string status_json(const fleet::Snapshot& snapshot);
std::string compact_status_json(const fleet::Snapshot& snapshot);
/// The main group of it alone.
nlohmann::ordered_json main_group_json(const fleet::Snapshot& snapshot);

}  // namespace wsdeep::commands
