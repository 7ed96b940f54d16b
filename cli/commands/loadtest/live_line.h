#pragma once

#include <cstddef>
#include <string>

#include "load/run.h"

namespace wsdeep::commands {

/// What is shown of a run each second: how far it is, and how it goes; first the run's name, where it
/// is one of several. At most `columns` wide; 0: as long as it is.
std::string live_line(const load::Progress& progress, const std::string& name, std::size_t columns);

}  // namespace wsdeep::commands
