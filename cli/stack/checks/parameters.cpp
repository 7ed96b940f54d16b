#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <regex>

#include "base/text.h"
#include "base/utf8.h"
#include "stack/checks/context.h"
#include "stack/checks/java_pattern.h"

namespace wsdeep::stack {
namespace {

const std::vector<std::string> kKeys{"Type",     "Default",   "Description",          "AllowedValues",
                                     "NoEcho",   "MinLength", "AllowedPattern",       "MaxLength",
                                     "MinValue", "MaxValue",  "ConstraintDescription"};
constexpr std::size_t kMaxValueBytes = 4096;
constexpr std::size_t kMaxPatternBytes = 1024;

/// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
const std::vector<std::string> kTypes{"String",
                                      "Number",
                                      "CommaDelimitedList",
                                      "AWS::EC2::AvailabilityZone::Name",
                                      "AWS::EC2::Image::Id",
                                      "AWS::EC2::Instance::Id",
                                      "AWS::EC2::KeyPair::KeyName",
                                      "AWS::EC2::SecurityGroup::GroupName",
                                      "AWS::EC2::SecurityGroup::Id",
                                      "AWS::EC2::Subnet::Id",
                                      "AWS::EC2::Volume::Id",
                                      "AWS::EC2::VPC::Id",
                                      "AWS::Route53::HostedZone::Id",
                                      "AWS::SSM::Parameter::Name"};
constexpr std::string_view kStored = "AWS::SSM::Parameter::Value<";

/// `text` without `prefix` and the `>` at its end; empty when it is not between them.
std::string_view between(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) && text.ends_with('>') ? text.substr(prefix.size(), text.size() - prefix.size() - 1)
                                                         : std::string_view{};
}

/// Of `List<AWS::EC2::Subnet::Id>`, and of what is stored in SSM: AWS::EC2::Subnet::Id.
std::string_view inner_type(std::string_view type) {
  if (const auto stored = between(type, kStored); !stored.empty()) type = stored;
  if (const auto item = between(type, "List<"); !item.empty()) type = item;
  return type;
}

bool is_list_type(std::string_view type) {
  return type == "CommaDelimitedList" || !between(type, "List<").empty();
}

/// What YAML and CloudFormation take for the same: `Default: true` is one of ["true", "false"], and so is `True`.
std::string canonical(const YamlNode& node) {
  const std::string lower = to_lower(node.value);
  return node.plain && (lower == "true" || lower == "false") ? lower : node.value;
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool compiles(const std::string& pattern) {
  if (pattern.size() > kMaxPatternBytes) return true;
  try {
    const std::regex regex(pattern, std::regex::ECMAScript | std::regex_constants::__polynomial);
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
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
    else
      check_type(*type);
    check_constraints();
    if (const YamlNode* fallback = node_.find("Default"); fallback != nullptr && fallback->is_scalar()) {
      if (fallback->tag.empty()) value(canonical(*fallback), "its default", fallback->at);
    } else if (fallback != nullptr && !fallback->is_null())
      context_.report_refused(fallback->at,
                              fmt::format("the parameter '{}': its default is a text or a number, not a {}", name_,
                                          fallback->is_map() ? "map" : "list"),
                              fallback->is_sequence() ? "write the items of a list in one text, with commas" : "");
  }

  /// `what` the value is; `at` where to point.
  void value(const std::string& value, std::string_view what, Position at) {
    if (value.size() > kMaxValueBytes)
      return complain(at, what, fmt::format("is longer than {} bytes", kMaxValueBytes));
    if (type_.starts_with("AWS::SSM::Parameter::Value")) return;
    check_number(value, what, at);
    check_length(value, what, at);
    // The whole of a list is looked at, too: it passes when either does.
    if (is_list_type(type_) && value.find(',') != std::string::npos && all_items_pass(value)) return;
    if (const YamlNode* pattern = node_.find("AllowedPattern"); pattern != nullptr && !matches(pattern->value, value))
      complain(at, what, fmt::format("{} does not match {}", shown(value), pattern->value));
    check_allowed(value, what, at);
  }

 private:
  void check_type(const YamlNode& type) {
    const std::string inner(inner_type(type_));
    if (std::find(kTypes.begin(), kTypes.end(), inner) != kTypes.end()) return;
    std::vector<std::string> alike;
    for (const std::string& known : kTypes)
      alike.push_back(std::string(type_).replace(type_.find(inner), inner.size(), known));
    const std::string near = did_you_mean(type_, alike);
    // A type of AWS that is near to none of these may be newer than this program.
    const bool maybe_new = near.empty() && inner.starts_with("AWS::");
    context_.report(type.at, fmt::format("unknown type '{}' of the parameter '{}'{}", type_, name_, near), {},
                    maybe_new ? Severity::kWarning : Severity::kError);
  }

  void check_constraints() {
    check_limits("MinLength", "MaxLength");
    check_limits("MinValue", "MaxValue");
    const YamlNode* pattern = node_.find("AllowedPattern");
    if (pattern == nullptr || !pattern->is_scalar() || compiles(pattern->value)) return;
    if (const std::string problem = pattern_problem(pattern->value); !problem.empty())
      context_.report(pattern->at, fmt::format("the parameter '{}': its AllowedPattern is no regular expression: {}",
                                               name_, problem));
  }

  void check_limits(const char* low_key, const char* high_key) {
    for (const char* key : {low_key, high_key})
      if (const YamlNode* limit = node_.find(key); limit != nullptr && limit->is_scalar() && !number_of(limit->value))
        context_.report(limit->at, fmt::format("the parameter '{}': {} is a number, got {}", name_, key,
                                               quote_value(limit->value)));
    const auto low = number_of(text(low_key)), high = number_of(text(high_key));
    if (low && high && *low > *high)
      context_.report(node_.find(low_key)->at, fmt::format("the parameter '{}': {} {} is more than {} {}", name_,
                                                           low_key, text(low_key), high_key, text(high_key)));
  }

  /// Of a list, each item is one of the allowed values and matches the pattern.
  bool all_items_pass(const std::string& value) const {
    const YamlNode* pattern = node_.find("AllowedPattern");
    const std::vector<std::string> allowed = allowed_values();
    for (const std::string_view part : split(value, ',')) {
      const std::string item(trim(part));
      if (pattern != nullptr && !matches(pattern->value, item)) return false;
      if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), item) == allowed.end()) return false;
    }
    return true;
  }

  std::vector<std::string> allowed_values() const {
    std::vector<std::string> values;
    if (const YamlNode* allowed = node_.find("AllowedValues"))
      for (const YamlNode& item : allowed->items) values.push_back(canonical(item));
    return values;
  }

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
    const std::vector<std::string> names = allowed_values();
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
