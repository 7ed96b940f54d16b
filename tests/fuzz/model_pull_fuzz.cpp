// Any bytes as what an engine answers to a pull: read whole and in pieces they come as far, from 0 to 100 percent, and
// a failure is UTF-8 on one line. The first byte is where they are cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "fuzz/target.h"
#include "llm/engine/model_pull.h"

namespace model_pull_fuzz {
namespace {

std::pair<std::optional<int>, std::string> read(std::string_view body, std::size_t step, int status) {
  wsdeep::llm::ModelPull pull;
  for (; !body.empty(); body.remove_prefix(std::min(step, body.size()))) pull.take(body.substr(0, step));
  std::string failure = pull.finish(status);
  return {pull.percent(), std::move(failure)};
}

}  // namespace

FUZZ_TARGET(model_pull_fuzz) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const int status = data[0] % 2 == 0 ? 200 : 500;
  const auto whole = read(body, body.size() + 1, status);
  if (whole != read(body, 1U + data[0] / 2, status)) std::abort();
  const auto& [percent, failure] = whole;
  if (percent && (*percent < 0 || *percent > 100)) std::abort();
  if (!wsdeep::is_utf8(failure) || failure.find('\n') != std::string::npos) std::abort();
  return 0;
}

}  // namespace model_pull_fuzz
