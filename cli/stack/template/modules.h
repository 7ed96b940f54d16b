#pragma once

#include <string_view>
#include <vector>

namespace wsdeep::stack {

/// One file of templates/, as it was when the program was built.
struct TemplateModule {
  std::string_view name;  ///< the file's name without `.yaml`
  std::string_view text;
};

/// All of them, by name.
const std::vector<TemplateModule>& embedded_modules();

}  // namespace wsdeep::stack
