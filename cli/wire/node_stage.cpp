#include "wire/node_stage.h"

#include <algorithm>
#include <array>

#include "base/printable.h"
#include "base/text.h"

namespace wsdeep::wire {
namespace {

constexpr std::string_view kPrefix = "wsdeep-stage: ";
constexpr std::array<std::string_view, 7> kStages{"disks", "image", "model", "loading", "ready", "failed", "leaving"};
constexpr std::size_t kMaxDetail = 300;

}  // namespace

std::string stage_line(const NodeStage& stage) {
  std::string line = std::string(kPrefix) + stage.stage;
  return stage.detail.empty() ? line : line + " " + stage.detail;
}

std::optional<NodeStage> parse_stage_line(std::string_view line) {
  if (!line.starts_with(kPrefix)) return std::nullopt;
  line.remove_prefix(kPrefix.size());
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view stage = trim(line.substr(0, end));
  if (std::find(kStages.begin(), kStages.end(), stage) == kStages.end()) return std::nullopt;
  return NodeStage{std::string(stage), printable(trim(line.substr(end)).substr(0, kMaxDetail))};
}

}  // namespace wsdeep::wire
