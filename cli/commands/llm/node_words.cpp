#include "commands/llm/node_words.h"

#include <fmt/format.h>

#include <array>
#include <memory>

#include "base/duration.h"
#include "base/error.h"
#include "commands/llm/node_journal.h"
#include "llm/node/self_check.h"

namespace wsdeep::commands {
namespace {

struct ReadyOptions {
  std::string url = "127.0.0.1:50051";
  std::string timeout = "5s";
};

int run_ready(const ReadyOptions& options) {
  const std::string why = llm::why_not_ready(options.url, parse_milliseconds(options.timeout, "--timeout"));
  if (why.empty()) return 0;
  throw Error(ErrorKind::kFailure, fmt::format("the node at {} does not serve: {}", options.url, why),
              "look at it with: journalctl -u wsdeep-node -u wsdeep-engine");
}

void add_ready(const Command& root, Context& /*context*/) {
  auto options = std::make_shared<ReadyOptions>();
  root.add_option("--url", options->url, "host and port where it listens, without TLS").shows_default();
  root.add_option("--timeout", options->timeout, "for the answer").shows_default();
  root.footer("Exit code 0 when the node serves, as its load balancer would find it; else 1, and stderr says why.");
  root.runs([options] { return run_ready(*options); });
}

constexpr std::array<NodeWord, 2> kNodeWords{{{"health", "Ask the node of this machine whether it serves", add_ready},
                                              {"journal", kNodeJournalText, add_node_journal}}};

}  // namespace

const NodeWord* find_node_word(std::string_view name) {
  for (const NodeWord& word : kNodeWords)
    if (word.name == name) return &word;
  return nullptr;
}

}  // namespace wsdeep::commands
