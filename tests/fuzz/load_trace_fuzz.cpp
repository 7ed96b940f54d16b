// Any bytes as a trace: rows that can be sent as they are, or a fault that can be shown and says where; never a crash.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/printable.h"
#include "fuzz/target.h"
#include "load/plan/trace_file.h"
#include "load/plan/trace_prompts.h"

namespace load_trace_fuzz {
namespace {

using namespace wsdeep::load;

void require(bool promise) {
  if (!promise) std::abort();
}

void check_rows(const Trace& trace) {
  require(!trace.rows.empty() && trace.rows.front().at == 0);
  Micros before = 0;
  for (const TraceRow& row : trace.rows) {
    require(row.at >= before && row.prompt_tokens > 0 && row.output_tokens > 0);
    require(row.first_block + row.blocks <= trace.blocks.size());
    before = row.at;
  }
}

void check_schedule(const std::shared_ptr<const Trace>& trace) {
  const Schedule schedule = schedule_of(*trace, {.time_scale = 0.5, .duration = 60'000'000, .requests = 5}, {});
  require(!schedule.arrivals.empty() && schedule.arrivals.back().intended < schedule.length());
  const Arrival& last = schedule.arrivals.back();
  if (*last.prompt_tokens < 10'000)
    require(TracePrompts(trace, {}, 1).prompt(last, 0, 0).text.size() ==
            4 * static_cast<std::size_t>(*last.prompt_tokens));
}

}  // namespace

FUZZ_TARGET(load_trace_fuzz) {
  try {
    const SourceFile file("trace", std::string(reinterpret_cast<const char*>(data), size));
    const auto trace = std::make_shared<const Trace>(parse_trace(file));
    check_rows(*trace);
    check_schedule(trace);
  } catch (const wsdeep::Error& error) {
    require(error.kind() == wsdeep::ErrorKind::kUsage && std::string_view(error.what()).starts_with("trace:"));
    require(wsdeep::printable(error.what()) == error.what());
  }
  return 0;
}

}  // namespace load_trace_fuzz
