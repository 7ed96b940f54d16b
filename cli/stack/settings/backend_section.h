#pragma once

#include "stack/settings/reader.h"
#include "stack/settings/settings.h"

namespace wsdeep::stack {

/// Reads the section `backend`, key by key, as the others.
void read_backend(SectionReader& reader, BackendSettings& backend);

/// Reports what in it does not go together, or not with the rest; nothing without a backend. `environment` is where the
/// environment begins.
void check_backend(const EnvironmentSettings& settings, const Places& places, Position environment,
                   ReadContext& context);

/// The port of its URL.
std::int64_t backend_port(const BackendSettings& backend);

}  // namespace wsdeep::stack
