// Any text as a service level and as a rule that ends a run: a limit that can be missed and met, or a fault that can be
// shown and says what was expected; and never both a level and a rule.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/printable.h"
#include "fuzz/target.h"
#include "load/measure/levels.h"

namespace load_level_fuzz {
namespace {

using namespace wsdeep::load;

void require(bool promise) {
  if (!promise) std::abort();
}

std::optional<Level> read(Level (*parse)(std::string_view), std::string_view text) {
  try {
    const Level level = parse(text);
    require(std::isfinite(level.limit) && level.limit > 0);
    if (const auto* quantile = std::get_if<MetricQuantile>(&level.what))
      require(quantile->share > 0 && quantile->share < 1);
    if (std::holds_alternative<Share>(level.what)) require(level.limit < 1);
    return level;
  } catch (const wsdeep::Error& error) {
    require(error.kind() == wsdeep::ErrorKind::kUsage);
    require(wsdeep::printable(error.what()) == error.what());
    return std::nullopt;
  }
}

}  // namespace

FUZZ_TARGET(load_level_fuzz) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto level = read(parse_level, text);
  require(!level || !read(parse_abort_rule, text));
  return 0;
}

}  // namespace load_level_fuzz
