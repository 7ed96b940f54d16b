// Any bytes as the JSON of a load test's result: what is read can be told in every form.

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "load/report/csv.h"
#include "load/report/hdr_log.h"
#include "load/report/json.h"
#include "load/report/prometheus.h"
#include "load/report/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wsdeep::load;  // NOLINT: all that a result can become
  try {
    const Result result = read_result({reinterpret_cast<const char*>(data), size}, "run.json", 1 << 20);
    read_result(result_json(result), "again");
    result_csv(result);
    result_prometheus(result);
    write_hdr_log(hdr_log_of(result));
    text_report(result, {});
  } catch (const wsdeep::Error&) {
  }
  return 0;
}
