// A resource with a condition is there only when it holds, and a reference to it when it is not there ends the
// deployment. Whether that can happen is tried out: conditions are made of comparisons of parameters with texts, so
// that a handful of values for each parameter (those that it is compared with, and one that is none of them) stands
// for all. With
//
//   IsProd: !Equals [!Ref Stage, prod]
//   HasCache: !And [!Condition IsProd, !Equals [!Ref Cache, "true"]]
//
// Stage is tried as "prod" and as something else, Cache as "true" and as something else: four worlds. A reference from
// a resource with HasCache to one with IsProd is right in all of them; the other way round it is wrong in one, which
// is told. Where more than this is compared (lists, mappings, two parameters), the worlds would not be the real ones,
// and nothing is said.

#include <fmt/format.h>

#include <algorithm>

#include "stack/checks/context.h"

namespace wsdeep::stack {
namespace {

constexpr std::size_t kMaxWorlds = 4096;
/// Of all references together; nobody's template needs as many.
constexpr std::size_t kMaxWorldsOfAll = 100'000;

using World = std::map<std::string, std::string>;
using Domains = std::map<std::string, std::set<std::string>>;

/// A value that no template compares with.
const std::string kOther("\x01other");

/// The text that a node is, or the parameter that it names.
struct Operand {
  bool known = false;
  bool parameter = false;
  std::string text;
};

Operand operand_of(const YamlNode& node) {
  const Intrinsic function = intrinsic_of(node);
  if (function.name == "Ref" && function.argument->is_scalar()) return {true, true, function.argument->value};
  if (function.name.empty() && node.is_scalar()) return {true, false, node.value};
  return {};
}

/// Each condition is looked at once, and worked out once in each world: conditions that name others twice, and those
/// others again, would otherwise take as long as a hostile template likes.
class Logic {
 public:
  explicit Logic(const ValidateContext& context) : context_(context) {}

  /// Adds what the condition compares; false when it is not understood, or is part of a circle.
  bool learn(const std::string& condition, Domains& domains) {
    const auto found = context_.conditions.find(condition);
    if (found == context_.conditions.end()) return false;
    const auto [known, is_new] = learnt_.emplace(condition, Known{});
    Known& entry = known->second;
    if (is_new) {
      entry.understood = learn(*found->second, entry.domains);
      entry.done = true;
    }
    if (!entry.done || !entry.understood) return false;
    for (const auto& [parameter, values] : entry.domains) domains[parameter].insert(values.begin(), values.end());
    return true;
  }

  /// The world in which `holds` is asked from now on.
  void enter(World world) {
    world_ = std::move(world);
    held_.clear();
  }

  /// Of a condition that was learnt.
  bool holds(const std::string& condition) {
    if (const auto known = held_.find(condition); known != held_.end()) return known->second;
    return held_[condition] = holds(*context_.conditions.at(condition));
  }

 private:
  struct Known {
    Domains domains;
    bool understood = false;
    bool done = false;
  };

  bool learn(const YamlNode& node, Domains& domains) {
    const Intrinsic function = intrinsic_of(node);
    if (function.name.empty()) return false;
    const YamlNode& argument = *function.argument;
    if (function.name == "Condition") return learn(argument.value, domains);
    if (function.name == "Equals") return learn_comparison(argument, domains);
    if (function.name != "And" && function.name != "Or" && function.name != "Not") return false;
    return argument.is_sequence() && !argument.items.empty() &&
           std::all_of(argument.items.begin(), argument.items.end(),
                       [&](const YamlNode& item) { return learn(item, domains); });
  }

  bool learn_comparison(const YamlNode& argument, Domains& domains) const {
    if (argument.items.size() != 2) return false;
    const Operand left = operand_of(argument.items[0]), right = operand_of(argument.items[1]);
    if (!left.known || !right.known || (left.parameter && right.parameter)) return false;
    if (left.parameter) learn_value(left.text, right.text, domains);
    if (right.parameter) learn_value(right.text, left.text, domains);
    return true;
  }

  void learn_value(const std::string& parameter, const std::string& value, Domains& domains) const {
    std::set<std::string>& domain = domains[parameter];
    const auto declared = context_.parameters.find(parameter);
    const YamlNode* allowed = declared == context_.parameters.end() ? nullptr : declared->second->find("AllowedValues");
    if (allowed == nullptr || !allowed->is_sequence() || allowed->items.empty()) {
      domain.insert({value, kOther});
      return;
    }
    for (const YamlNode& item : allowed->items) domain.insert(item.value);
  }

  bool holds(const YamlNode& node) {
    const Intrinsic function = intrinsic_of(node);
    const std::vector<YamlNode>& items = function.argument->items;
    const auto item_holds = [&](const YamlNode& item) { return holds(item); };
    if (function.name == "Condition") return holds(function.argument->value);
    if (function.name == "And") return std::all_of(items.begin(), items.end(), item_holds);
    if (function.name == "Or") return std::any_of(items.begin(), items.end(), item_holds);
    if (function.name == "Not") return !holds(items.front());
    return value_of(items[0]) == value_of(items[1]);
  }

  std::string value_of(const YamlNode& node) const {
    const Operand operand = operand_of(node);
    return operand.parameter ? world_.at(operand.text) : operand.text;
  }

  const ValidateContext& context_;
  std::map<std::string, Known> learnt_;
  World world_;
  std::map<std::string, bool> held_;
};

std::size_t count_worlds(const Domains& domains) {
  std::size_t count = 1;
  for (const auto& [parameter, values] : domains) {
    count *= values.size();
    if (count > kMaxWorlds) break;
  }
  return count;
}

/// World number `index`.
World world_of(const Domains& domains, std::size_t index) {
  World world;
  for (const auto& [parameter, values] : domains) {
    world[parameter] = *std::next(values.begin(), static_cast<std::ptrdiff_t>(index % values.size()));
    index /= values.size();
  }
  return world;
}

using Guards = std::vector<std::pair<std::string, bool>>;

class ConditionalReferences {
 public:
  explicit ConditionalReferences(ValidateContext& context) : context_(context), logic_(context) {}

  void run() {
    for (const auto& [id, resource] : context_.resources)
      for (const YamlEntry& attribute : resource->entries)
        if (attribute.key.value == "Properties") check(*resource, attribute.value, "resource", id);
    const YamlNode* outputs = context_.root.find("Outputs");
    if (outputs == nullptr) return;
    for (const YamlEntry& output : outputs->entries)
      if (!output.key.value.starts_with("Fn::")) check(output.value, output.value, "output", output.key.value);
  }

 private:
  static std::string condition_of(const YamlNode& node) {
    const YamlNode* condition = node.find("Condition");
    return condition != nullptr && condition->is_scalar() ? condition->value : "";
  }

  void check(const YamlNode& owner, const YamlNode& values, const char* what, const std::string& id) {
    const std::string own = condition_of(owner);
    std::vector<Reference> references;
    collect_references(values, context_.source, false, references);
    for (const Reference& reference : references) {
      if (reference.kind != ReferenceKind::kRef && reference.kind != ReferenceKind::kGetAtt) continue;
      const auto target = context_.resources.find(reference.name);
      if (target == context_.resources.end()) continue;
      const std::string needed = condition_of(*target->second);
      if (needed.empty() || needed == own) continue;
      Guards guards = reference.guards;
      if (!own.empty()) guards.emplace_back(own, true);
      if (!can_be_missing(guards, needed)) continue;
      context_.warn(
          reference.at,
          fmt::format("'{}' is made only when '{}' holds, and the {} '{}' refers to it also when not", reference.name,
                      needed, what, id),
          fmt::format("put the reference into an Fn::If of '{}', or give the {} this condition, too", needed, what));
    }
  }

  bool can_be_missing(const Guards& guards, const std::string& needed) {
    Domains domains;
    if (!logic_.learn(needed, domains)) return false;
    for (const auto& [condition, holds] : guards)
      if (!logic_.learn(condition, domains)) return false;
    const std::size_t worlds = count_worlds(domains);
    if (worlds > kMaxWorlds || worlds > worlds_left_) return false;
    worlds_left_ -= worlds;
    for (std::size_t i = 0; i < worlds; ++i) {
      logic_.enter(world_of(domains, i));
      const bool there = std::all_of(guards.begin(), guards.end(),
                                     [&](const auto& guard) { return logic_.holds(guard.first) == guard.second; });
      if (there && !logic_.holds(needed)) return true;
    }
    return false;
  }

  ValidateContext& context_;
  Logic logic_;
  std::size_t worlds_left_ = kMaxWorldsOfAll;
};

}  // namespace

void check_conditional_references(ValidateContext& context) {
  // Rules narrow what parameters can be, and a macro may write conditions anew.
  if (context.rewritten || context.conditions.empty() || context.root.find("Rules") != nullptr) return;
  ConditionalReferences(context).run();
}

}  // namespace wsdeep::stack
