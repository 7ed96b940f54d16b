// Any text of a model: reasoning and answer are the same however it is cut, and nothing but tags and blanks is lost.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz/target.h"
#include "wire/think_tags.h"

namespace think_tags_fuzz {
namespace {

using wsdeep::LlmChunk;
using wsdeep::wire::ThinkSplitter;

struct Said {
  std::string says, thinks;

  bool operator==(const Said&) const = default;
};

void add(Said& said, const std::vector<LlmChunk>& chunks) {
  for (const LlmChunk& chunk : chunks) {
    if (chunk.was_reasoning) said.thinks += std::exchange(said.says, {});
    (chunk.reasoning ? said.thinks : said.says) += chunk.text;
  }
}

Said read(std::string_view text, std::size_t step) {
  Said said;
  ThinkSplitter splitter;
  for (; !text.empty(); text.remove_prefix(std::min(step, text.size()))) add(said, splitter.feed(text.substr(0, step)));
  add(said, splitter.finish(false));
  return said;
}

}  // namespace

FUZZ_TARGET(think_tags_fuzz) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Said whole = read(text, size + 1);
  for (const std::size_t step : {1, 2, 7})
    if (read(text, step) != whole) std::abort();
  constexpr std::size_t kTags = 15;  // <think></think>
  const std::size_t told = whole.says.size() + whole.thinks.size();
  std::size_t line_ends = 0;
  for (const char c : text) line_ends += c == '\n' || c == '\r' || c == ' ' || c == '\t' ? 1 : 0;
  if (told > size || told + line_ends + kTags < size) std::abort();
  return 0;
}

}  // namespace think_tags_fuzz
