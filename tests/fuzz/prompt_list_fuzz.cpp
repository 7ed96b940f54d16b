// Any bytes as a file of prompts, and as ShareGPT's: questions that can be asked, or a fault that can be shown and says
// where; never a crash.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "fuzz/target.h"
#include "load/plan/listed_prompts.h"

namespace prompt_list_fuzz {
namespace {

using namespace wsdeep::load;

void require(bool promise) {
  if (!promise) std::abort();
}

void check_list(PromptList (*parse)(const SourceFile&), std::string_view text) {
  try {
    const PromptList list = parse(SourceFile("prompts", std::string(text)));
    require(!list.conversations.empty());
    for (const ListedConversation& conversation : list.conversations) {
      require(!conversation.questions.empty() && conversation.max_tokens.value_or(1) > 0);
      for (const std::string& question : conversation.questions)
        require(!question.empty() && wsdeep::is_utf8(question));
    }
  } catch (const wsdeep::Error& error) {
    require(error.kind() == wsdeep::ErrorKind::kUsage && std::string_view(error.what()).starts_with("prompts:"));
    require(wsdeep::printable(error.what()) == error.what());
  }
}

}  // namespace

FUZZ_TARGET(prompt_list_fuzz) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_list(parse_prompts, text);
  check_list(parse_sharegpt, text);
  return 0;
}

}  // namespace prompt_list_fuzz
