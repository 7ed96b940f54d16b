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
#include "stack/checks/attributes.h"
#include "stack/checks/context.h"

namespace wsdeep::stack {
namespace {

using Words = std::vector<std::string>;

const Words kFunctions{"And",          "Base64",      "Cidr",      "Condition", "Contains", "EachMemberEquals",
                       "EachMemberIn", "Equals",      "FindInMap", "GetAZs",    "GetAtt",   "GetStackOutput",
                       "If",           "ImportValue", "Join",      "Length",    "Not",      "Or",
                       "Ref",          "RefAll",      "Select",    "Split",     "Sub",      "ToJsonString",
                       "Transform",    "ValueOf",     "ValueOfAll"};
const Words kOfConditions{"And", "Condition", "Equals", "Not", "Or"};
const Words kOfRules{"Contains", "EachMemberEquals", "EachMemberIn", "RefAll", "ValueOf", "ValueOfAll"};

constexpr const char* kExtensions = "AWS::LanguageExtensions";
constexpr std::string_view kLoop = "Fn::ForEach::";

bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_function(const YamlNode& node) {
  return !intrinsic_of(node).name.empty();
}

bool is_literal(const YamlNode& node) {
  return node.is_scalar() && !is_function(node);
}

/// What an argument is, for "got …".
std::string shown(const YamlNode& node) {
  if (!node.tag.empty()) return node.is_scalar() ? fmt::format("{} {}", node.tag, quote_value(node.value)) : node.tag;
  if (is_function(node)) return node.entries.front().key.value;
  if (node.is_scalar()) return quote_value(node.value);
  if (node.is_sequence()) return fmt::format("a list of {}", node.items.size());
  return node.is_map() ? "a map" : "nothing";
}

/// A function in its place.
struct Call {
  const YamlNode& node;
  Intrinsic function;

  const YamlNode& argument() const { return *function.argument; }
  bool is_short() const { return function.argument == &node; }
  /// The name as the template wrote it: `!Join`, or `Fn::Join`.
  std::string name() const { return is_short() ? node.tag : node.entries.front().key.value; }
  Intrinsic inner() const { return computed_argument(node, function); }
  /// What the argument is, when it is wrong.
  std::string got() const {
    const YamlNode& given = argument();
    if (!inner().name.empty()) return is_short() ? given.entries.front().key.value : shown(given);
    if (given.is_scalar()) return quote_value(given.value);
    if (given.is_sequence()) return fmt::format("a list of {}", given.items.size());
    return given.is_map() ? "a map" : "nothing";
  }
};

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

  /// Something that holds or does not.
  void boolean(const YamlNode& node, const std::string& what) {
    if (!is_boolean(node))
      complain(
          node.at,
          fmt::format("{} is made of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition, got {}", what, shown(node)),
          condition_hint(node));
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
      needs_extensions(attribute.value, fmt::format("a function as {}", attribute.key.value));
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

  bool needs_extensions(const YamlNode& node, const std::string& what) {
    if (context_.language_extensions) return false;
    complain(node.at, fmt::format("{} needs Transform: {}", what, kExtensions));
    return true;
  }

  // ---- loops ----

  /// Fn::ForEach::Name: [identifier, collection, {key: value}], all three of them also as lists and maps.
  template <typename Check>
  void loop(const YamlEntry& entry, Check check_made) {
    const std::string name = entry.key.value.substr(kLoop.size());
    const std::vector<YamlNode>& parts = entry.value.items;
    needs_extensions(entry.key, "Fn::ForEach");
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
    if (has(kFunctions, call.function.name))
      check(call);
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
      if (key.starts_with("Fn::") && !has(kFunctions, key.substr(4))) unknown(entry.key.at, key);
      visit(entry.value);
    }
  }

  void unknown(Position at, const std::string& name) {
    const std::string prefix = name.starts_with('!') ? "!" : "Fn::";
    Words names;
    for (const std::string& function : kFunctions) {
      const bool bare = prefix == "Fn::" && (function == "Ref" || function == "Condition");
      names.push_back(bare ? function : prefix + function);
    }
    complain(at, fmt::format("unknown function '{}'{}", name, did_you_mean(name, names)));
  }

  /// False, and told, when the argument is no list of `low` to `high`.
  bool is_list_of(const Call& call, std::size_t low, std::size_t high, std::string_view what) {
    if (call.inner().name == "Transform") return false;
    const YamlNode& argument = call.argument();
    if (argument.is_sequence() && argument.items.size() >= low && argument.items.size() <= high) return true;
    const std::string count = low == high ? std::to_string(low) : fmt::format("{} to {}", low, high);
    complain(call.node.at, fmt::format("{} takes a list of {}, {}, got {}", call.name(), count, what, call.got()));
    return false;
  }

  void check(const Call& call) {
    const std::string_view name = call.function.name;
    if (name == "Join") return join_function(call);
    if (name == "Select") return select(call);
    if (name == "Split") return split_function(call);
    if (name == "Cidr") return cidr(call);
    if (name == "Equals") return equals(call);
    if (name == "And" || name == "Or") return booleans(call, 2, 10, "conditions");
    if (name == "Not") return booleans(call, 1, 1, "a condition");
    if (name == "If") return if_function(call);
    if (name == "FindInMap") return find_in_map(call);
    if (name == "Sub") return sub(call);
    if (name == "GetAtt") return get_att(call);
    if (name == "Ref") return ref(call);
    if (name == "ImportValue") return import_value(call);
    if (name == "Base64" || name == "GetAZs") return one_text(call);
    if (name == "Length" || name == "ToJsonString") return extension(call);
  }

  void join_function(const Call& call) {
    if (!is_list_of(call, 2, 2, "the delimiter and the texts")) return;
    delimiter(call);
    const YamlNode& texts = call.argument().items[1];
    if (is_function(texts)) return;
    if (!texts.is_sequence())
      return complain(texts.at, fmt::format("what {} joins is a list, got {}", call.name(), shown(texts)));
    for (const YamlNode& item : texts.items)
      if (!is_function(item) && !item.is_scalar() && !item.is_null())
        complain(item.at, fmt::format("{} joins texts, got {}", call.name(), shown(item)));
  }

  void delimiter(const Call& call) {
    const YamlNode& item = call.argument().items[0];
    if (!is_literal(item) && !context_.language_extensions)
      complain(item.at, fmt::format("the delimiter of {} is a text, got {}", call.name(), shown(item)));
  }

  void select(const Call& call) {
    if (!is_list_of(call, 2, 2, "the index and the values")) return;
    const YamlNode& index = call.argument().items[0];
    const YamlNode& values = call.argument().items[1];
    const bool list = values.is_sequence() && !is_function(values);
    if (!list && !is_function(values))
      complain(values.at, fmt::format("what {} selects from is a list, got {}", call.name(), shown(values)));
    if (is_function(index) || is_loop_text(index)) return;
    const auto number = index.is_scalar() ? parse_integer(index.value, 0, 1'000'000) : std::nullopt;
    if (!number)
      complain(index.at, fmt::format("the index of {} is a number from 0, got {}", call.name(), shown(index)));
    else if (list && static_cast<std::size_t>(*number) >= values.items.size())
      complain(index.at,
               fmt::format("there is no value {} in a list of {}: the first one is 0", *number, values.items.size()));
  }

  void split_function(const Call& call) {
    if (!is_list_of(call, 2, 2, "the delimiter and the text")) return;
    delimiter(call);
    const YamlNode& text = call.argument().items[1];
    if (!is_function(text) && !text.is_scalar())
      complain(text.at, fmt::format("what {} splits is a text, got {}", call.name(), shown(text)));
  }

  void cidr(const Call& call) {
    if (!is_list_of(call, 2, 3, "the block, how many parts, and the bits of each")) return;
    const char* whats[] = {"", "count", "number of bits"};
    const std::int64_t highs[] = {0, 256, 128};
    const std::vector<YamlNode>& items = call.argument().items;
    for (std::size_t i = 1; i < items.size(); ++i) {
      const bool number = items[i].is_scalar() && parse_integer(items[i].value, 1, highs[i]);
      if (number || is_function(items[i]) || is_loop_text(items[i])) continue;
      complain(items[i].at,
               fmt::format("the {} of {} is from 1 to {}, got {}", whats[i], call.name(), highs[i], shown(items[i])));
    }
  }

  void equals(const Call& call) {
    if (!is_list_of(call, 2, 2, "the values to compare")) return;
    for (const YamlNode& item : call.argument().items)
      if (!is_function(item) && !item.is_scalar() && !item.is_null())
        complain(item.at, fmt::format("{} compares texts, got {}", call.name(), shown(item)));
  }

  void booleans(const Call& call, std::size_t low, std::size_t high, const char* what) {
    if (!is_list_of(call, low, high, what)) return;
    for (const YamlNode& item : call.argument().items)
      if (!is_boolean(item))
        complain(item.at, fmt::format("{} takes conditions, got {}", call.name(), shown(item)), condition_hint(item));
  }

  /// An unknown function has been told as such.
  static bool is_boolean(const YamlNode& node) {
    const std::string_view name = intrinsic_of(node).name;
    return name == "Transform" || has(kOfConditions, name) || has(kOfRules, name) ||
           (!name.empty() && !has(kFunctions, name));
  }

  std::string condition_hint(const YamlNode& node) const {
    const bool named = is_literal(node) && context_.conditions.contains(node.value);
    return named ? fmt::format("another condition is named as !Condition {}", node.value) : "";
  }

  void if_function(const Call& call) {
    if (!is_list_of(call, 3, 3, "the condition, the value when it holds, and the other one")) return;
    const YamlNode& condition = call.argument().items[0];
    if (!is_literal(condition))
      complain(condition.at, fmt::format("{} takes the name of a condition, got {}", call.name(), shown(condition)),
               "define it under Conditions, and give its name here");
  }

  void find_in_map(const Call& call) {
    const std::size_t most = context_.language_extensions ? 4 : 3;
    if (!is_list_of(call, 3, most, "the mapping, the first key and the second")) return;
    const std::vector<YamlNode>& items = call.argument().items;
    if (items.size() == 4 && items[3].find("DefaultValue") == nullptr)
      complain(items[3].at,
               fmt::format("the fourth of {} is a map with DefaultValue, got {}", call.name(), shown(items[3])));
    for (std::size_t i = 0; i < 3; ++i) map_key(call, items[i]);
  }

  void map_key(const Call& call, const YamlNode& item) {
    const std::string_view name = intrinsic_of(item).name;
    if (name.empty() && !item.is_scalar() && !item.is_null())
      return complain(item.at, fmt::format("{} takes names, got {}", call.name(), shown(item)));
    if (name.empty() || context_.language_extensions || !has(kFunctions, name)) return;
    if (name != "Ref" && name != "FindInMap" && name != "Transform")
      complain(item.at, fmt::format("{} takes only Ref and FindInMap for a name, got {}", call.name(), shown(item)),
               fmt::format("other functions need Transform: {}", kExtensions));
  }

  void sub(const Call& call) {
    if (call.argument().is_scalar() && call.inner().name.empty()) return;
    const YamlNode& argument = call.argument();
    if (call.inner().name == "Transform") return;
    // A list of the text alone does, too.
    if (!argument.is_sequence() || argument.items.empty() || argument.items.size() > 2)
      return complain(call.node.at, fmt::format("{} takes a text, or a list of the text and its variables, got {}",
                                                call.name(), call.got()));
    const std::vector<YamlNode>& items = call.argument().items;
    if (!is_literal(items[0]))
      complain(items[0].at, fmt::format("the text of {} is written out, got {}", call.name(), shown(items[0])));
    if (items.size() == 2 && !items[1].is_map())
      complain(items[1].at, fmt::format("the variables of {} are a map, got {}", call.name(), shown(items[1])));
  }

  void get_att(const Call& call) {
    const YamlNode& argument = call.argument();
    if (!call.inner().name.empty()) {
      needs_extensions(argument, "a function inside of Fn::GetAtt");
    } else if (argument.is_scalar()) {
      const std::size_t dot = argument.value.find('.');
      if (dot == std::string::npos || dot + 1 == argument.value.size()) no_attribute(call);
    } else if (is_list_of(call, 2, 2, "the resource and its attribute") && is_function(argument.items[0])) {
      needs_extensions(argument.items[0], "a function as the resource of Fn::GetAtt");
    }
  }

  void no_attribute(const Call& call) {
    const std::string name = call.argument().value.substr(0, call.argument().value.find('.'));
    const auto resource = context_.resources.find(name);
    const YamlNode* type = resource == context_.resources.end() ? nullptr : resource->second->find("Type");
    const auto* attributes = type == nullptr ? nullptr : attributes_of(type->value);
    complain(call.node.at, fmt::format("{} names the attribute after the resource: {}.ATTRIBUTE", call.name(), name),
             attributes == nullptr || attributes->empty()
                 ? ""
                 : fmt::format("{} has: {}", type->value, join(*attributes, ", ")));
  }

  void ref(const Call& call) {
    if (!call.inner().name.empty()) needs_extensions(call.node, "a function inside of Ref");
  }

  void one_text(const Call& call) {
    if (!call.argument().is_scalar() && call.inner().name.empty())
      complain(call.node.at, fmt::format("{} takes one text, got {}", call.name(), call.got()));
  }

  /// The name of what is imported must be known before anything is made.
  void import_value(const Call& call) {
    one_text(call);
    if (call.inner().name.empty()) return;
    std::vector<Reference> references;
    collect_references(call.node, context_.source, false, references);
    for (const Reference& reference : references)
      if (context_.resources.contains(reference.name) &&
          (reference.kind == ReferenceKind::kGetAtt || reference.kind == ReferenceKind::kRef))
        complain(reference.at, fmt::format("the name that {} imports cannot depend on the resource '{}'", call.name(),
                                           reference.name));
  }

  void extension(const Call& call) {
    if (needs_extensions(call.node, call.name())) return;
    if (call.argument().is_scalar() && call.inner().name.empty())
      complain(call.node.at, fmt::format("{} takes a list{}, got {}", call.name(),
                                         call.function.name == "Length" ? "" : " or a map", call.got()));
  }

  /// A text that a loop fills in before the function sees it.
  static bool is_loop_text(const YamlNode& node) {
    return node.is_scalar() &&
           (node.value.find("${") != std::string::npos || node.value.find("&{") != std::string::npos);
  }

  ValidateContext& context_;
};

}  // namespace

void check_functions(ValidateContext& context) {
  FunctionChecks(context).run();
}

}  // namespace wsdeep::stack
