#include "terminal/dialogue.h"

#include "base/display.h"
#include "base/text.h"

namespace wsdeep {

void say(const Console& console, const std::string& text) {
  constexpr std::size_t kIndent = 2;
  const std::size_t columns = console.stderr_is_terminal() ? static_cast<std::size_t>(console.columns()) : 0;
  console.err(wrap(text, columns, kIndent) + "\n");
}

bool confirm(const Console& console, const std::string& question, bool yes) {
  if (yes) return true;
  const std::string answer = to_lower(trim(console.ask(question + " [y/N] ", "--yes")));
  return answer == "y" || answer == "yes";
}

}  // namespace wsdeep
