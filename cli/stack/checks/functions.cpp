// Each function of CloudFormation is checked where it stands: whether there is such a function, whether its argument
// has the shape that it takes, and whether the place takes a function at all. What the loop of AWS::LanguageExtensions
// makes is checked in its body, once, as it is written.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
//
// Only what CloudFormation refuses is told. It takes more functions inside of others than its documentation lists, so
// what is nested in what is checked only where its own error message is known.

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "stack/checks/function_call.h"

namespace wsdeep::stack {
namespace {

constexpr std::string_view kLoop = "Fn::ForEach::";

class FunctionChecks {
 public:
  explicit FunctionChecks(ValidateContext& context) : context_(context) {}

  void run() {
    for_entries("Parameters", [&](const YamlEntry& entry) { no_functions(entry.value, "Parameters"); });
    for_entries("Mappings", [&](const YamlEntry& entry) { no_functions(entry.value, "Mappings"); });
    for_entries("Conditions", [&](const YamlEntry& entry) { condition_entry(entry); });
    for_entries("Rules", [&](const YamlEntry& entry) { visit(entry.value); });
    for_entries("Globals", [&](const YamlEntry& entry) { visit(entry.value); });
    for_entries("Resources", [&](const YamlEntry& entry) { resource(entry); });
    for_entries("Outputs", [&](const YamlEntry& entry) { output(entry); });
  }

 private:
  template <typename Check>
  void for_entries(std::string_view name, Check check) {
    const YamlNode* section = context_.root.find(name);
    if (section == nullptr) return;
    for (const YamlEntry& entry : section->entries) check(entry);
  }

  void complain(Position at, std::string message, std::string hint = {}) {
    context_.report_refused(at, std::move(message), std::move(hint));
  }

  // ---- sections ----

  void no_functions(const YamlNode& node, std::string_view section) {
    const Intrinsic function = intrinsic_of(node);
    if (function.name == "Transform") return;
    // A key of a mapping may be called Ref or Condition.
    const bool certain = !node.tag.empty() || (function.name != "Condition" && function.name != "Ref");
    if (!function.name.empty() && certain)
      return complain(node.at, fmt::format("{} holds values only, and this is {}", section, shown(node)));
    for (const YamlNode& item : node.items) no_functions(item, section);
    for (const YamlEntry& entry : node.entries) no_functions(entry.value, section);
  }

  void condition_entry(const YamlEntry& entry) {
    if (entry.key.value.starts_with(kLoop))
      loop(entry, [&](const YamlEntry& made) { condition_entry(made); });
    else if (!entry.key.value.starts_with("Fn::"))
      boolean(entry.value, fmt::format("the condition '{}'", entry.key.value));
  }

  void boolean(const YamlNode& node, const std::string& what) {
    if (!is_boolean(node))
      complain(
          node.at,
          fmt::format("{} is made of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition, got {}", what, shown(node)),
          condition_hint(node, context_));
    visit(node);
  }

  void resource(const YamlEntry& entry) {
    if (entry.key.value.starts_with(kLoop)) return loop(entry, [&](const YamlEntry& made) { resource(made); });
    for (const YamlEntry& attribute : entry.value.entries) {
      const std::string& key = attribute.key.value;
      if (key == "Type" || key == "Condition")
        literal(attribute);
      else if (key == "DependsOn")
        depends_on(attribute.value);
      else if (key == "DeletionPolicy" || key == "UpdateReplacePolicy")
        policy(attribute);
      else
        visit(attribute.value);
    }
  }

  void output(const YamlEntry& entry) {
    if (entry.key.value.starts_with(kLoop)) return loop(entry, [&](const YamlEntry& made) { output(made); });
    for (const YamlEntry& attribute : entry.value.entries) {
      if (attribute.key.value == "Condition" || (attribute.key.value == "Description" && !context_.language_extensions))
        literal(attribute);
      else
        visit(attribute.value);
    }
  }

  void literal(const YamlEntry& attribute) {
    if (is_function(attribute.value) || attribute.value.is_map() || attribute.value.is_sequence())
      complain(attribute.value.at,
               fmt::format("{} takes no function, got {}", attribute.key.value, shown(attribute.value)));
  }

  void policy(const YamlEntry& attribute) {
    if (is_function(attribute.value))
      needs_extensions(context_, attribute.value, fmt::format("a function as {}", attribute.key.value));
    visit(attribute.value);
  }

  void depends_on(const YamlNode& node) {
    if (node.tag.empty() && node.is_sequence()) {
      for (const YamlNode& item : node.items) depends_on_one(item);
    } else {
      depends_on_one(node);
    }
  }

  void depends_on_one(const YamlNode& name) {
    if (is_literal(name) || name.is_null()) return;
    const Intrinsic function = intrinsic_of(name);
    complain(name.at, fmt::format("DependsOn takes names of resources, got {}", shown(name)),
             function.name == "Ref" && function.argument->is_scalar()
                 ? fmt::format("write only the name: DependsOn: {}", function.argument->value)
                 : "");
  }

  // ---- loops ----

  /// Fn::ForEach::Name: [identifier, collection, {key: value}], all three of them also as lists and maps.
  template <typename Check>
  void loop(const YamlEntry& entry, Check check_made) {
    const std::string name = entry.key.value.substr(kLoop.size());
    const std::vector<YamlNode>& parts = entry.value.items;
    needs_extensions(context_, entry.key, "Fn::ForEach");
    if (name.empty() || !std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0; }))
      complain(entry.key.at, fmt::format("'{}' is no name of a loop: letters and digits only", name));
    if (!entry.value.is_sequence() || parts.size() != 3)
      return complain(entry.value.at,
                      fmt::format("a loop is a list of 3, the identifier, the values and what to make of each, got {}",
                                  shown(entry.value)));
    if (!is_literal(parts[0]) && !parts[0].is_sequence() && !is_function(parts[0]))
      complain(parts[0].at, fmt::format("the identifier of a loop is a name, got {}", shown(parts[0])));
    if (is_literal(parts[1]) || parts[1].is_null())
      complain(parts[1].at, fmt::format("the values of a loop are a list, got {}", shown(parts[1])));
    else
      visit(parts[1]);
    if (!parts[2].is_map() || parts[2].entries.empty())
      return complain(parts[2].at, fmt::format("what a loop makes is a map, got {}", shown(parts[2])));
    for (const YamlEntry& made : parts[2].entries) {
      check_made_key(parts, made.key);
      check_made(made);
    }
  }

  /// Two values would make the same key twice.
  void check_made_key(const std::vector<YamlNode>& parts, const YamlNode& key) {
    const bool several = parts[1].is_sequence() && parts[1].tag.empty() && parts[1].items.size() > 1;
    if (!several || !is_literal(parts[0]) || key.value.starts_with(kLoop)) return;
    for (const char* open : {"${", "&{"})
      if (key.value.find(open + parts[0].value + "}") != std::string::npos) return;
    complain(key.at, fmt::format("each round of the loop makes '{}' again", key.value),
             fmt::format("name the identifier in it: {}${{{}}}", key.value, parts[0].value));
  }

  // ---- values ----

  void visit(const YamlNode& node) {
    const Intrinsic function = intrinsic_of(node);
    if (function.name.empty() || function.name.starts_with("ForEach::")) return visit_children(node);
    visit_call({node, function});
  }

  void visit_call(const Call& call) {
    if (has(functions(), call.function.name))
      check_arguments(context_, call);
    else
      unknown(call.node.at, call.name());
    // The short form stands on its argument, which must not be taken for the function again.
    if (!call.is_short())
      visit(call.argument());
    else if (!call.inner().name.empty())
      visit_call({call.node, call.inner()});
    else
      visit_children(call.node);
  }

  void visit_children(const YamlNode& node) {
    for (const YamlNode& item : node.items) visit(item);
    for (const YamlEntry& entry : node.entries) {
      const std::string& key = entry.key.value;
      if (key.starts_with(kLoop)) {
        loop(entry, [&](const YamlEntry& made) { visit(made.value); });
        continue;
      }
      if (key.starts_with("Fn::") && !has(functions(), key.substr(4))) unknown(entry.key.at, key);
      visit(entry.value);
    }
  }

  void unknown(Position at, const std::string& name) {
    const std::string prefix = name.starts_with('!') ? "!" : "Fn::";
    Words names;
    for (const std::string& function : functions()) {
      const bool bare = prefix == "Fn::" && (function == "Ref" || function == "Condition");
      names.push_back(bare ? function : prefix + function);
    }
    complain(at, fmt::format("unknown function '{}'{}", name, did_you_mean(name, names)));
  }

  ValidateContext& context_;
};

}  // namespace

void check_functions(ValidateContext& context) {
  FunctionChecks(context).run();
}

}  // namespace wsdeep::stack
