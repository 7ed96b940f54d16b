// Any bytes as an engine's answer, be they server-sent events, JSON lines, a document or a page: read whole and in
// pieces they say the same, in UTF-8 and as many tokens, and a failure has words; and the same when nothing of it is
// read in the shorter way (common_delta.h). The first byte is the seed of the cuts; an odd one makes the body that of
// an error.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "fuzz/target.h"
#include "llm/engine/engine_answer.h"

namespace engine_answer_fuzz {
namespace {

using wsdeep::is_utf8;
using wsdeep::LlmChunk;
using wsdeep::llm::LlmOutcome;
namespace llm = wsdeep::llm;

struct Said {
  std::string says, thinks, cause, finish_reason;
  std::optional<wsdeep::Usage> usage{};
  std::int64_t tokens = 0;

  bool operator==(const Said&) const = default;
};

void add(Said& said, const std::vector<LlmChunk>& chunks) {
  for (const LlmChunk& chunk : chunks) {
    if (chunk.was_reasoning) said.thinks += std::exchange(said.says, {});
    (chunk.reasoning ? said.thinks : said.says) += chunk.text;
    if (chunk.tokens < 0 || !chunk.token_offsets_us.empty()) std::abort();
    said.tokens += chunk.tokens;
  }
}

using Reading = llm::EngineAnswer::Reading;

/// `seed` 0: in one piece.
Said read(std::string_view body, int status, unsigned seed, Reading reading = Reading::kCommonFirst) {
  Said said;
  llm::EngineAnswer answer("it does not take the node's key", reading);
  answer.begin(status);
  bool goes_on = true;
  while (!body.empty() && goes_on) {
    const std::size_t size = seed == 0 ? body.size() : std::min<std::size_t>(body.size(), 1 + seed % 29);
    goes_on = answer.take(body.substr(0, size));
    add(said, answer.take_chunks());
    body.remove_prefix(size);
    seed = seed * 1'103'515'245 + 12'345;
    if (seed == 0 && !body.empty()) seed = 1;
  }
  const LlmOutcome outcome = answer.finish(llm::BodyEnd::kFramed, "/x");
  add(said, answer.take_chunks());
  if (outcome.ok ? outcome.result.finish_reason.empty() : outcome.cause.empty()) std::abort();
  said.cause = outcome.cause;
  said.finish_reason = outcome.result.finish_reason;
  said.usage = outcome.result.usage;
  return said;
}

}  // namespace

FUZZ_TARGET(engine_answer_fuzz) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const int status = data[0] % 2 == 0 ? 200 : 500;
  const Said whole = read(body, status, 0);
  if (whole != read(body, status, 1U + data[0])) std::abort();
  if (whole != read(body, status, 0, Reading::kThorough)) std::abort();
  for (const std::string* text : {&whole.says, &whole.thinks, &whole.cause, &whole.finish_reason})
    if (!is_utf8(*text)) std::abort();
  return 0;
}

}  // namespace engine_answer_fuzz
