#include <fmt/format.h>

#include "base/text.h"
#include "stack/checks/attributes.h"
#include "stack/checks/function_call.h"

namespace wsdeep::stack {
namespace {

class ArgumentChecks {
 public:
  explicit ArgumentChecks(ValidateContext& context) : context_(context) {}

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

 private:
  void complain(Position at, std::string message, std::string hint = {}) {
    context_.report_refused(at, std::move(message), std::move(hint));
  }

  bool needs_extensions(const YamlNode& node, const std::string& what) {
    return stack::needs_extensions(context_, node, what);
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
        complain(item.at, fmt::format("{} takes conditions, got {}", call.name(), shown(item)),
                 condition_hint(item, context_));
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
    if (name.empty() || context_.language_extensions || !has(functions(), name)) return;
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

void check_arguments(ValidateContext& context, const Call& call) {
  ArgumentChecks(context).check(call);
}

}  // namespace wsdeep::stack
