#include "deploy/stuck_resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "deploy/resources.h"
#include "deploy/stack_state.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

bool was_cancelled(std::string_view reason) {
  return reason.find("cancelled") != std::string_view::npos;
}

/// `chat-dev-Network-1A2B.Vpc` for `Network/Vpc`: CloudFormation asks for the nested stack's own name.
std::string id_in_nested(const std::string& path, const std::map<std::string, std::string>& stacks) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return path;
  const auto parent = stacks.find(path.substr(0, slash));
  return (parent == stacks.end() ? path.substr(0, slash) : name_in_arn(parent->second)) + "." + path.substr(slash + 1);
}

bool holds_another(const std::string& path, const std::vector<StuckResource>& all) {
  return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.path.starts_with(path + "/"); });
}

std::string names_of(const std::vector<StuckResource>& stuck) {
  std::vector<std::string> names;
  for (const StuckResource& one : stuck) names.push_back(one.path);
  return join(names, ", ");
}

}  // namespace

std::vector<StuckResource> stuck_in_rollback(StackSession& session, const aws::Stack& stack) {
  std::vector<StuckResource> stuck;
  std::map<std::string, std::string> stacks;
  for (const aws::StackResource& one : all_resources(session.access.cloudformation, stack.name)) {
    if (is_nested_stack(one)) stacks[one.logical_id] = one.physical_id;
    if (one.status == "UPDATE_FAILED" && !was_cancelled(one.reason))
      stuck.push_back({one.logical_id, id_in_nested(one.logical_id, stacks), one.type, one.reason});
  }
  // A nested stack is stuck because of what is in it, and may be skipped only when it is gone.
  const std::vector<StuckResource> all = stuck;
  std::erase_if(stuck, [&](const StuckResource& one) { return holds_another(one.path, all); });
  return stuck;
}

std::vector<StuckResource> stuck_in_deletion(StackSession& session, const aws::Stack& stack) {
  std::vector<StuckResource> stuck;
  for (const aws::StackResource& one : session.access.cloudformation.list_resources(stack.name))
    if (one.status == "DELETE_FAILED") stuck.push_back({one.logical_id, one.logical_id, one.type, one.reason});
  return stuck;
}

std::vector<std::string> stuck_by_events(const std::vector<aws::StackEvent>& events, const std::string& status) {
  std::vector<std::string> order;
  std::map<std::string, const aws::StackEvent*> last;
  for (const aws::StackEvent& event : events) {
    if (event.physical_id == event.stack_id) continue;
    if (last.emplace(event.logical_id, &event).second) order.push_back(event.logical_id);
    last[event.logical_id] = &event;
  }
  const auto failed = [&](const std::string& path) {
    return last.at(path)->status == status && !was_cancelled(last.at(path)->reason);
  };
  std::vector<std::string> stuck;
  for (const std::string& path : order) {
    const bool follows = std::any_of(order.begin(), order.end(), [&](const std::string& other) {
      return other.starts_with(path + "/") && failed(other);
    });
    if (failed(path) && !follows) stuck.push_back(path);
  }
  return stuck;
}

void say_stuck(const std::vector<StuckResource>& stuck, const Console& console) {
  for (const StuckResource& one : stuck)
    say(console, fmt::format("  {}  {}  {}", one.path, one.type,
                             one.reason.empty() ? "(no reason was given)" : printable(trim(one.reason))));
}

std::vector<std::string> choose_stuck(const std::vector<StuckResource>& stuck, const std::vector<std::string>& words,
                                      const std::string& option, const aws::Stack& stack) {
  std::vector<std::string> ids;
  for (const std::string& word : words) {
    const auto found = std::find_if(stuck.begin(), stuck.end(),
                                    [&](const StuckResource& one) { return one.path == word || one.id == word; });
    if (found == stuck.end())
      throw Error(ErrorKind::kUsage,
                  fmt::format("{} {}: '{}', in {}, is not stuck at a resource of that name", option, word, stack.name,
                              stack.status),
                  stuck.empty() ? "CloudFormation names none: look with wsdeep status --events"
                                : fmt::format("it is stuck at: {}", names_of(stuck)));
    if (std::find(ids.begin(), ids.end(), found->id) == ids.end()) ids.push_back(found->id);
  }
  return ids;
}

}  // namespace wsdeep::deploy
