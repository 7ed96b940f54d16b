#include "fleet/stages.h"

#include <fmt/format.h>

namespace wsdeep::fleet {
namespace {

constexpr const char* kPattern = "\"wsdeep-stage:\"";
constexpr std::chrono::hours kLongestStart{6};

/// The log group of the journals of a fleet's nodes, by the name of its stack: a stream for each instance.
std::string journal_group(const std::string& stack) {
  return fmt::format("/wsdeep/{}/nodes", stack);
}

}  // namespace

void Stages::read(Fleet& fleet) {
  if (!journal_)
    journal_.emplace(fleet.session, std::vector<std::string>{journal_group(fleet.stack.name)},
                     deploy::LogFilter{kPattern, {}}, epoch_ms(fleet.clock().now() - kLongestStart));
  for (const aws::LogEvent& event : journal_->read())
    if (auto stage = wire::parse_stage_line(event.message)) known_[event.stream] = *std::move(stage);
}

std::optional<wire::NodeStage> Stages::of(const std::string& instance) const {
  const auto found = known_.find(instance);
  return found == known_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace wsdeep::fleet
