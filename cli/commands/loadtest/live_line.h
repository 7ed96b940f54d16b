#pragma once

#include <string>

#include "load/run.h"

namespace wsdeep::commands {

/// What is said of a run now and then where there is no screen: how far it is, and how it goes; first the run's name,
/// where it is one of several.
std::string live_line(const load::Progress& progress, const std::string& name);

}  // namespace wsdeep::commands
