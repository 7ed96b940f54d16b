#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stack/checks/context.h"

/// A function of CloudFormation where a template calls it; private to the checks.
namespace wsdeep::stack {

inline constexpr const char* kExtensions = "AWS::LanguageExtensions";

using Words = std::vector<std::string>;
bool has(const Words& words, std::string_view word);
/// All that there are, without `Fn::`.
const Words& functions();

bool is_function(const YamlNode& node);
bool is_literal(const YamlNode& node);
/// Something that holds or does not. An unknown function may be: it is told as unknown.
bool is_boolean(const YamlNode& node);

/// What an argument is, for "got …".
std::string shown(const YamlNode& node);
/// What to do about one that should have been a condition; may be empty.
std::string condition_hint(const YamlNode& node, const ValidateContext& context);

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
  std::string got() const;
};

/// True, and told, when the template lacks the transform that `what` needs.
bool needs_extensions(ValidateContext& context, const YamlNode& node, const std::string& what);
/// Whether the argument of a known function has the shape that it takes.
void check_arguments(ValidateContext& context, const Call& call);

}  // namespace wsdeep::stack
