// Any bytes as an engine's page of metrics: what is read of it is a measure, or not there.

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "fuzz/target.h"
#include "llm/engine/engine_page.h"
#include "llm/engine/exposition.h"

namespace engine_page_fuzz {
namespace {

void check(const std::optional<double>& measure, double most) {
  if (measure && !(std::isfinite(*measure) && *measure >= 0 && *measure <= most)) std::abort();
}

}  // namespace

FUZZ_TARGET(engine_page_fuzz) {
  const std::string_view page(reinterpret_cast<const char*>(data), size);
  wsdeep::llm::is_exposition(page);
  const wsdeep::llm::EngineReadings readings = wsdeep::llm::read_engine_page(page);
  for (const auto& count :
       {readings.running, readings.waiting, readings.cache_queries, readings.cache_hits, readings.preemptions})
    check(count, 1e15 * 1024);
  check(readings.kv_use, 1);
  check(readings.cache_hit_ratio, 1);
  return 0;
}

}  // namespace engine_page_fuzz
