#pragma once

#include "stack/settings/reader.h"
#include "stack/settings/settings.h"

namespace wsdeep::stack {

/// Reads the sections that `reader` holds into `settings`; what is missing stays as it is. Used for the top of the
/// file and again for each environment, whose keys override.
void read_sections(SectionReader& reader, EnvironmentSettings& settings);

/// Reads what only an environment has: region, profile, stack name, domain.
void read_place(SectionReader& reader, EnvironmentSettings& settings);

}  // namespace wsdeep::stack
