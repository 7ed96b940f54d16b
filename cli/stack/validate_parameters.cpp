#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <regex>

#include "base/text.h"
#include "stack/validate_context.h"

namespace wsdeep::stack {
namespace {

const std::vector<std::string> kKeys{"Type",     "Default",   "Description",          "AllowedValues",
                                     "NoEcho",   "MinLength", "AllowedPattern",       "MaxLength",
                                     "MinValue", "MaxValue",  "ConstraintDescription"};
constexpr std::size_t kMaxValueBytes = 4096;
constexpr std::size_t kMaxPatternBytes = 1024;

bool is_known_type(std::string_view type) {
  for (const char* plain : {"String", "Number", "CommaDelimitedList", "List<Number>"})
    if (type == plain) return true;
  if (type.starts_with("AWS::SSM::Parameter::Value<") && type.ends_with(">")) return true;
  if (type.starts_with("List<") && type.ends_with(">")) type = type.substr(5, type.size() - 6);
  return type.starts_with("AWS::") && std::count(type.begin(), type.end(), ':') >= 4;
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Whether the whole of `value` matches. A pattern that this library cannot read (CloudFormation's are Java's) holds.
bool matches(const std::string& pattern, const std::string& value) {
  if (pattern.size() > kMaxPatternBytes || value.size() > kMaxValueBytes) return true;
  try {
    // The polynomial matcher: no pattern makes it slow, and it does not recurse over the value.
    const std::regex regex(pattern, std::regex::ECMAScript | std::regex_constants::__polynomial);
    return std::regex_match(value, regex);
  } catch (const std::regex_error&) {
    return true;
  }
}

/// One parameter and where its problems are told.
class ParameterCheck {
 public:
  ParameterCheck(ValidateContext& context, const std::string& name, const YamlNode& node)
      : context_(context), name_(name), node_(node), type_(text("Type")) {}

  void declaration() {
    for (const YamlEntry& entry : node_.entries)
      if (std::find(kKeys.begin(), kKeys.end(), entry.key.value) == kKeys.end())
        context_.report(entry.key.at, fmt::format("unknown key '{}' in the parameter '{}'{}", entry.key.value, name_,
                                                  did_you_mean(entry.key.value, kKeys)));
    const YamlNode* type = node_.find("Type");
    if (type == nullptr)
      context_.report(node_.at, fmt::format("the parameter '{}' has no Type", name_));
    else if (!is_known_type(type_))
      context_.report(type->at, fmt::format("unknown type '{}' of the parameter '{}'{}", type_, name_,
                                            did_you_mean(type_, {"String", "Number", "CommaDelimitedList"})));
    if (const YamlNode* fallback = node_.find("Default"); fallback != nullptr && fallback->is_scalar())
      value(fallback->value, "its default", fallback->at);
  }

  /// `what` the value is; `at` where to point.
  void value(const std::string& value, std::string_view what, Position at) {
    if (value.size() > kMaxValueBytes)
      return complain(at, what, fmt::format("is longer than {} bytes", kMaxValueBytes));
    if (type_.starts_with("AWS::SSM::Parameter::Value")) return;
    check_number(value, what, at);
    check_length(value, what, at);
    if (const YamlNode* pattern = node_.find("AllowedPattern"); pattern != nullptr && !matches(pattern->value, value))
      complain(at, what, fmt::format("{} does not match {}", shown(value), pattern->value));
    check_allowed(value, what, at);
  }

 private:
  std::string text(std::string_view key) const {
    const YamlNode* found = node_.find(key);
    return found != nullptr && found->is_scalar() ? found->value : "";
  }
  std::string shown(const std::string& value) const {
    return to_lower(text("NoEcho")) == "true" ? "(hidden)" : quote_value(value);
  }

  void complain(Position at, std::string_view what, const std::string& complaint) {
    context_.report(at, fmt::format("the parameter '{}': {} {}", name_, what, complaint),
                    text("ConstraintDescription"));
  }

  void check_number(const std::string& value, std::string_view what, Position at) {
    if (type_ != "Number" && type_ != "List<Number>") return;
    const bool one = type_ == "Number";
    for (const std::string_view part : one ? std::vector<std::string_view>{value} : split(value, ',')) {
      const auto number = number_of(trim(part));
      if (!number) return complain(at, what, fmt::format("{} is no number", shown(value)));
      const auto low = number_of(text("MinValue")), high = number_of(text("MaxValue"));
      if (low && *number < *low) complain(at, what, fmt::format("{} is less than {}", shown(value), text("MinValue")));
      if (high && *number > *high)
        complain(at, what, fmt::format("{} is more than {}", shown(value), text("MaxValue")));
    }
  }

  void check_length(const std::string& value, std::string_view what, Position at) {
    const double length = static_cast<double>(utf8_length(value));
    const auto low = number_of(text("MinLength")), high = number_of(text("MaxLength"));
    if (low && length < *low) complain(at, what, fmt::format("has fewer than {} characters", text("MinLength")));
    if (high && length > *high) complain(at, what, fmt::format("has more than {} characters", text("MaxLength")));
  }

  void check_allowed(const std::string& value, std::string_view what, Position at) {
    const YamlNode* allowed = node_.find("AllowedValues");
    if (allowed == nullptr || !allowed->is_sequence()) return;
    std::vector<std::string> names;
    for (const YamlNode& item : allowed->items) names.push_back(item.value);
    if (std::find(names.begin(), names.end(), value) == names.end())
      complain(at, what,
               fmt::format("{} is not one of {}{}", shown(value), join(names, ", "),
                           shown(value) == "(hidden)" ? "" : did_you_mean(value, names)));
  }

  ValidateContext& context_;
  const std::string& name_;
  const YamlNode& node_;
  std::string type_;
};

Position place_of(const ValidateContext& context, const std::string& parameter) {
  for (const YamlEntry& entry : context.root.find("Parameters")->entries)
    if (entry.key.value == parameter) return entry.key.at;
  return {};
}

void check_given(ValidateContext& context) {
  for (const Parameter& given : context.options.parameters) {
    const auto declared = context.parameters.find(given.key);
    if (declared == context.parameters.end())
      context.report({}, fmt::format("the template has no parameter '{}'{}", given.key,
                                     did_you_mean(given.key, keys_of(context.parameters))));
    else
      ParameterCheck(context, given.key, *declared->second)
          .value(given.value, "the given value", place_of(context, given.key));
  }
}

}  // namespace

void check_parameters(ValidateContext& context) {
  for (const auto& [name, node] : context.parameters) {
    if (!node->is_map()) {
      context.report(node->at, fmt::format("expected a map for the parameter '{}'", name));
      continue;
    }
    ParameterCheck(context, name, *node).declaration();
    const bool given = context.value_of(name) != nullptr;
    if (context.options.complete && !given && node->find("Default") == nullptr)
      context.report(place_of(context, name),
                     fmt::format("the parameter '{}' has neither a value nor a default", name));
  }
  check_given(context);
}

}  // namespace wsdeep::stack
