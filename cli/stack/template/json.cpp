#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "stack/template/compose.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

using Json = nlohmann::ordered_json;

/// A plain scalar as CloudFormation reads it: booleans and decimal numbers; a number that JSON would write differently
/// (leading zeros, dates) stays text.
Json plain_scalar(const std::string& value) {
  if (value == "true" || value == "false") return value == "true";
  const bool leading_zero = value.size() > 1 && value.front() == '0' && value[1] != '.';
  if (leading_zero) return value;
  if (const auto integer = parse_integer(value, INT64_MIN, INT64_MAX)) return *integer;
  const bool decimal = value.find_first_not_of("0123456789.-") == std::string::npos &&
                       std::count(value.begin(), value.end(), '.') == 1 && value.size() > 2;
  return decimal && Json::accept(value) ? Json::parse(value) : Json(value);
}

Json value_of(const YamlNode& node);

/// `!GetAtt A.B.C` is the list [A, B.C].
Json get_att(const YamlNode& node) {
  const std::size_t dot = node.value.find('.');
  if (!node.is_scalar() || dot == std::string::npos) return value_of(node);
  return Json::array({node.value.substr(0, dot), node.value.substr(dot + 1)});
}

Json untagged(YamlNode node) {
  node.tag.clear();
  return value_of(node);
}

/// The long form of a short tag.
Json intrinsic(const YamlNode& node) {
  YamlNode argument = node;
  argument.tag.clear();
  argument.plain = false;
  const std::string name = node.tag.substr(1);
  if (name == "Ref" || name == "Condition") return Json{{name, value_of(argument)}};
  if (name == "GetAtt") return Json{{"Fn::GetAtt", get_att(argument)}};
  return Json{{"Fn::" + name, untagged(argument)}};
}

Json value_of(const YamlNode& node) {
  if (!node.tag.empty() && node.tag.front() == '!' && node.tag.size() > 1) return intrinsic(node);
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return nullptr;
    case YamlNode::Kind::kScalar:
      return node.plain ? plain_scalar(node.value) : Json(node.value);
    case YamlNode::Kind::kSequence: {
      Json list = Json::array();
      for (const YamlNode& item : node.items) list.push_back(value_of(item));
      return list;
    }
    case YamlNode::Kind::kMap: {
      Json map = Json::object();
      for (const YamlEntry& entry : node.entries) map[entry.key.value] = value_of(entry.value);
      return map;
    }
  }
  return nullptr;
}

}  // namespace

std::string template_json(std::string_view yaml) {
  const YamlDocument document = parse_yaml(yaml, "template");
  if (has_errors(document.problems)) throw Error(ErrorKind::kUsage, render(document.problems));
  return value_of(document.root).dump(2) + "\n";
}

}  // namespace wsdeep::stack
