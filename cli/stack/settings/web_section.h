#pragma once

#include "stack/settings/reader.h"
#include "stack/settings/settings.h"

namespace wsdeep::stack {

/// Reads `web`: true, false, or a map with the address that it gets.
void read_web_section(SectionReader& reader, EnvironmentSettings& settings);

/// Reports what in it does not go together, or not with the rest. `environment` is where the environment begins.
void check_web(const EnvironmentSettings& settings, const Places& places, Position environment, ReadContext& context);

}  // namespace wsdeep::stack
