// Any bytes as wsdeep.yaml: diagnostics or settings, never a crash, and what the settings render
// to must parse. Whatever is told can be shown.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "fuzz/target.h"
#include "stack/settings/settings.h"
#include "stack/template/compose.h"

namespace settings_fuzz {
FUZZ_TARGET(settings_fuzz) {
  using namespace wsdeep::stack;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ParsedSettings parsed = parse_settings(text);
  const std::string shown = render(parsed.diagnostics);
  if (parsed.diagnostics.empty() != shown.empty() || shown.find('\x1b') != std::string::npos) std::abort();
  if (!has_errors(parsed.diagnostics))
    for (const EnvironmentSettings& environment : parsed.settings.environments) {
      try {
        for (const Part part : {Part::kService, Part::kFleet}) compose(environment, part);
      } catch (const wsdeep::Error&) {
        // Two groups whose names make the same logical id.
      }
    }
  return 0;
}

}  // namespace settings_fuzz
