#include "commands/fleet/percents.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"

namespace wsdeep::commands {

std::vector<std::int64_t> rising_percents(const std::string& text, const char* flag) {
  std::vector<std::int64_t> shares;
  if (text.empty()) return shares;
  for (const std::string_view word : split(text, ',')) {
    const auto share = parse_integer(trim(word), 1, 100);
    if (!share || (!shares.empty() && *share <= shares.back()))
      throw Error(ErrorKind::kUsage,
                  fmt::format("{} takes rising shares of 1 to 100, such as 10,50,100, got '{}'", flag, text));
    shares.push_back(*share);
  }
  return shares;
}

}  // namespace wsdeep::commands
