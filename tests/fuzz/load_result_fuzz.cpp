// Any bytes as the JSON that a load test leaves: what is read can be told in every form.

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "fuzz/target.h"
#include "load/report/document.h"
#include "load/report/hdr_log.h"
#include "load/report/prometheus.h"

namespace load_result_fuzz {
FUZZ_TARGET(load_result_fuzz) {
  using namespace wsdeep::load;  // NOLINT: all that a document can become
  try {
    const Document document = read_document({reinterpret_cast<const char*>(data), size}, "run.json", 1 << 20);
    read_document(document_json(document), "again");
    document_text(document, {});
    document_csv(document);
    document_html(document);
    if (const auto* result = std::get_if<Result>(&document)) {
      result_prometheus(*result);
      write_hdr_log(hdr_log_of(*result));
    }
  } catch (const wsdeep::Error&) {
  }
  return 0;
}

}  // namespace load_result_fuzz
