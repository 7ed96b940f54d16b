// Any bytes as a template: diagnostics, never a crash; a template without errors has a JSON form, whose JSON form is
// it.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "fuzz/target.h"
#include "stack/checks/validate.h"
#include "stack/template/compose.h"

namespace template_fuzz {
FUZZ_TARGET(template_fuzz) {
  using namespace wsdeep::stack;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<Diagnostic> diagnostics = validate_template(text, {"t.yaml", {{"Name", "value"}}, true});
  render(diagnostics);
  resource_places(text);
  if (has_errors(diagnostics)) return 0;
  const std::string json = template_json(text);
  if (template_json(json) != json) std::abort();
  return 0;
}

}  // namespace template_fuzz
