#pragma once

#include "stack/settings/reader.h"
#include "stack/settings/settings.h"

namespace wsdeep::stack {

/// Reports what cannot work together in `settings`, at the places where it was written. `environment` is where to
/// point when a value was not written at all.
void check_combinations(const EnvironmentSettings& settings, const Places& places, Position environment,
                        ReadContext& context);

}  // namespace wsdeep::stack
