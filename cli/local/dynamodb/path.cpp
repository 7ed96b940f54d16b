#include "local/dynamodb/path.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "local/api/fault.h"

namespace wsdeep::local {
namespace {

using wire::AttributeMap;
using wire::AttributeValue;

/// The paths of a projection, merged by their common beginnings.
struct Selection {
  bool whole = false;
  std::map<PathStep, Selection> below;
};

Selection merge(const std::vector<Path>& paths) {
  Selection root;
  for (const Path& path : paths) {
    Selection* at = &root;
    for (const PathStep& step : path) at = &at->below[step];
    at->whole = true;
  }
  return root;
}

AttributeMap select_members(const AttributeMap& from, const Selection& selection);

/// Nothing when `selection` names nothing that `from` has.
std::optional<AttributeValue> select_value(const AttributeValue& from, const Selection& selection) {
  if (selection.whole) return from;
  if (const AttributeMap* members = from.map()) {
    AttributeMap chosen = select_members(*members, selection);
    if (chosen.empty()) return std::nullopt;
    return AttributeValue::of(std::move(chosen));
  }
  const auto* list = std::get_if<AttributeValue::List>(&from.data);
  if (list == nullptr) return std::nullopt;
  AttributeValue::List chosen;
  for (const auto& [step, below] : selection.below) {
    const auto* index = std::get_if<std::size_t>(&step);
    if (index == nullptr || *index >= list->value.size()) continue;
    if (auto value = select_value(list->value[*index], below)) chosen.value.push_back(*std::move(value));
  }
  if (chosen.value.empty()) return std::nullopt;
  return AttributeValue{std::move(chosen)};
}

AttributeMap select_members(const AttributeMap& from, const Selection& selection) {
  AttributeMap out;
  for (const auto& [step, below] : selection.below) {
    const auto* name = std::get_if<std::string>(&step);
    const auto found = name == nullptr ? from.end() : from.find(*name);
    if (found == from.end()) continue;
    if (auto value = select_value(found->second, below)) out.emplace(*name, *std::move(value));
  }
  return out;
}

}  // namespace

std::string text_of(const Path& path) {
  std::vector<std::string> parts;
  for (const PathStep& step : path)
    parts.push_back(std::holds_alternative<std::string>(step) ? std::get<std::string>(step)
                                                              : fmt::format("[{}]", std::get<std::size_t>(step)));
  return "[" + join(parts, ", ") + "]";
}

const AttributeValue* find(const AttributeMap& item, const Path& path) {
  const auto first = item.find(std::get<std::string>(path.front()));
  const AttributeValue* at = first == item.end() ? nullptr : &first->second;
  for (std::size_t i = 1; i < path.size() && at != nullptr; ++i) {
    if (const auto* name = std::get_if<std::string>(&path[i])) {
      const AttributeMap* members = at->map();
      if (members == nullptr) return nullptr;
      const auto found = members->find(*name);
      at = found == members->end() ? nullptr : &found->second;
    } else {
      const auto* list = std::get_if<AttributeValue::List>(&at->data);
      const std::size_t index = std::get<std::size_t>(path[i]);
      at = list != nullptr && index < list->value.size() ? &list->value[index] : nullptr;
    }
  }
  return at;
}

AttributeMap project(const AttributeMap& item, const std::vector<Path>& paths) {
  return select_members(item, merge(paths));
}

PathRelation relate(const Path& a, const Path& b) {
  const std::size_t common = std::min(a.size(), b.size());
  const auto [left, right] = std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(common), b.begin());
  if (left == a.begin() + static_cast<std::ptrdiff_t>(common)) return PathRelation::kOverlap;
  return left->index() == right->index() ? PathRelation::kDistinct : PathRelation::kConflict;
}

void require_distinct(const std::vector<Path>& paths, const std::string& expression) {
  for (std::size_t i = 0; i < paths.size(); ++i)
    for (std::size_t j = i + 1; j < paths.size(); ++j) {
      const PathRelation relation = relate(paths[i], paths[j]);
      if (relation == PathRelation::kDistinct) continue;
      throw validation_fault(
          fmt::format("Invalid {}: Two document paths {} with each other; must remove or rewrite one of these paths; "
                      "path one: {}, path two: {}",
                      expression, relation == PathRelation::kOverlap ? "overlap" : "conflict", text_of(paths[i]),
                      text_of(paths[j])));
    }
}

}  // namespace wsdeep::local
