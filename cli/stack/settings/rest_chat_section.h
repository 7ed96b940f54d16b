#pragma once

#include "stack/settings/reader.h"
#include "stack/settings/settings.h"

namespace wsdeep::stack {

/// Reads `rest_chat`: true or false, or a section.
void read_rest_chat(SectionReader& reader, EnvironmentSettings& settings);

/// Reports what in it does not go together, or not with the rest; nothing without it.
void check_rest_chat(const EnvironmentSettings& settings, const Places& places, Position environment,
                     ReadContext& context);

}  // namespace wsdeep::stack
