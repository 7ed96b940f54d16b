// Any bytes as a query or a posted form: fields or nothing, never a crash, and what a page shows of them is text.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/encoding.h"
#include "fuzz/target.h"
#include "local/cognito/web_form.h"

namespace web_form_fuzz {
FUZZ_TARGET(web_form_fuzz) {
  using namespace wsdeep;
  using local::WebForm;
  const auto form = WebForm::parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!form) return 0;
  for (const char* name : {"a", "state", "scope", "redirect_uri"})
    if (html_escape(form->text(name)).find_first_of("<>\"'\r\n") != std::string::npos) std::abort();
  return 0;
}

}  // namespace web_form_fuzz
