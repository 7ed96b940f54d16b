// The quotas of https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html, and the two
// of other services that a template runs into most: 4 KB of environment for a function, 16 KB of user data. Values that
// are known only at deployment count as nothing, so that a size told here is a lower bound, and an error a certain one.

#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "stack/checks/context.h"

namespace wsdeep::stack {
namespace {

constexpr std::size_t kMaxBodyBytes = 1 << 20;
constexpr std::size_t kMaxInlineBytes = 51'200;
constexpr std::size_t kMaxEnvironmentBytes = 4096;
constexpr std::size_t kMaxUserDataBytes = 16'384;
constexpr std::size_t kMaxDescriptionBytes = 1024;

void check_count(ValidateContext& context, std::string_view section, std::size_t limit) {
  const YamlNode* node = context.root.find(section);
  if (node == nullptr || node->entries.size() <= limit) return;
  context.report(node->entries[limit].key.at,
                 fmt::format("{} {}, and CloudFormation allows {}", node->entries.size(), to_lower(section), limit));
}

void check_body(ValidateContext& context) {
  const std::size_t bytes = context.source.text().size();
  if (bytes > kMaxBodyBytes)
    context.report({}, fmt::format("the template has {} bytes, and CloudFormation allows {}", bytes, kMaxBodyBytes));
  else if (bytes > kMaxInlineBytes)
    context.report({},
                   fmt::format("the template has {} bytes: above {} it is deployed from S3", bytes, kMaxInlineBytes),
                   {}, Severity::kNote);
  const YamlNode* description = context.root.find("Description");
  if (description != nullptr && description->value.size() > kMaxDescriptionBytes)
    context.report(description->at, fmt::format("the description is longer than {} bytes", kMaxDescriptionBytes));
}

std::size_t known_bytes(const ValidateContext& context, const YamlNode& node);

/// A Sub: its text, the placeholders replaced by what is known of them.
std::size_t substituted_bytes(const ValidateContext& context, const YamlNode& argument) {
  const YamlNode& text = argument.is_sequence() && !argument.items.empty() ? argument.items[0] : argument;
  const YamlNode* local = argument.items.size() > 1 ? &argument.items[1] : nullptr;
  std::size_t bytes = text.value.size();
  for (const Placeholder& placeholder : placeholders_of(text.value)) {
    bytes -= text.value.find('}', placeholder.at) + 1 - placeholder.at;
    const YamlNode* variable = local == nullptr ? nullptr : local->find(placeholder.name);
    const std::string* value = variable == nullptr ? context.value_of(placeholder.name) : nullptr;
    bytes += variable != nullptr ? known_bytes(context, *variable) : value != nullptr ? value->size() : 0;
  }
  return bytes;
}

std::size_t mapped_bytes(const ValidateContext& context, const YamlNode& argument) {
  if (argument.items.size() < 3) return 0;
  const auto mapping = context.mappings.find(argument.items[0].value);
  const YamlNode* level = mapping == context.mappings.end() ? nullptr : mapping->second->find(argument.items[1].value);
  const YamlNode* value = level == nullptr ? nullptr : level->find(argument.items[2].value);
  return value != nullptr && value->is_scalar() ? value->value.size() : 0;
}

/// Of a text before it is encoded, which is how EC2 counts it. The short form stands on the text itself.
std::size_t encoded_bytes(const ValidateContext& context, const YamlNode& node, const Intrinsic& function) {
  const Intrinsic inner = computed_argument(node, function);
  if (inner.name == "Sub") return substituted_bytes(context, *inner.argument);
  return function.argument == &node ? node.value.size() : known_bytes(context, *function.argument);
}

/// The bytes that the value of `node` has at least.
std::size_t known_bytes(const ValidateContext& context, const YamlNode& node) {
  const Intrinsic function = intrinsic_of(node);
  if (function.name.empty()) return node.is_scalar() ? node.value.size() : 0;
  if (function.name == "Sub") return substituted_bytes(context, *function.argument);
  if (function.name == "FindInMap") return mapped_bytes(context, *function.argument);
  if (function.name == "Base64") return encoded_bytes(context, node, function);
  if (function.name == "Ref") {
    const std::string* value = context.value_of(function.argument->value);
    return value != nullptr ? value->size() : 0;
  }
  return 0;
}

const YamlNode* variables_of(const YamlNode& properties) {
  const YamlNode* environment = properties.find("Environment");
  const YamlNode* variables = environment == nullptr ? nullptr : environment->find("Variables");
  return variables != nullptr && variables->is_map() ? variables : nullptr;
}

/// What SAM gives to every function, unless the function declines it.
const YamlNode* global_variables(const ValidateContext& context, const YamlNode& resource) {
  const YamlNode* type = resource.find("Type");
  const YamlNode* globals = context.root.find("Globals");
  const YamlNode* function = globals == nullptr ? nullptr : globals->find("Function");
  const bool gets_them = type != nullptr && type->value == "AWS::Serverless::Function" && context.sam &&
                         resource.find("IgnoreGlobals") == nullptr;
  return gets_them && function != nullptr ? variables_of(*function) : nullptr;
}

void check_environment(ValidateContext& context, const std::string& id, const YamlNode& resource,
                       const YamlNode& properties) {
  const YamlNode* own = variables_of(properties);
  const YamlNode* global = global_variables(context, resource);
  std::size_t bytes = 0;
  std::set<std::string_view> names;
  for (const YamlNode* variables : {own, global}) {
    if (variables == nullptr) continue;
    for (const YamlEntry& entry : variables->entries)
      // The function's own value wins. What is far too much need not be counted to its end for each function.
      if (bytes < 16 * kMaxEnvironmentBytes && names.insert(entry.key.value).second)
        bytes += entry.key.value.size() + known_bytes(context, entry.value);
  }
  if (bytes > kMaxEnvironmentBytes)
    context.report(own != nullptr ? own->at : global->at,
                   fmt::format("the environment of '{}'{} has at least {} bytes, and Lambda allows {}", id,
                               global != nullptr ? ", with that of Globals," : "", bytes, kMaxEnvironmentBytes));
}

void check_user_data(ValidateContext& context, const std::string& id, const YamlNode& properties) {
  const YamlNode* data = properties.find("LaunchTemplateData");
  const YamlNode* user_data = (data != nullptr ? *data : properties).find("UserData");
  if (user_data == nullptr) return;
  const std::size_t bytes = known_bytes(context, *user_data);
  if (bytes > kMaxUserDataBytes)
    context.report(user_data->at, fmt::format("the user data of '{}' has at least {} bytes, and EC2 allows {}", id,
                                              bytes, kMaxUserDataBytes));
}

}  // namespace

void check_quotas(ValidateContext& context) {
  check_body(context);
  check_count(context, "Resources", 500);
  check_count(context, "Parameters", 200);
  check_count(context, "Outputs", 200);
  check_count(context, "Mappings", 200);
  for (const auto& [id, resource] : context.resources) {
    const YamlNode* properties = resource->find("Properties");
    if (properties == nullptr) continue;
    check_environment(context, id, *resource, *properties);
    check_user_data(context, id, *properties);
  }
}

}  // namespace wsdeep::stack
