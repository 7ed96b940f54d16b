// What YAML makes of what is written, and CloudFormation does not take: `Key:` without a value is null, a key of digits
// is a number, an alias stands for what stands elsewhere, and digits behind a 0 are an octal number.
//
// SAM transforms its own resources first, and takes null there (a ResultPath of Step Functions is one);
// AWS::LanguageExtensions drops entries that are null.

#include <fmt/format.h>

#include <algorithm>

#include "stack/checks/context.h"

namespace wsdeep::stack {
namespace {

constexpr std::size_t kAccountDigits = 12;

bool is_digits(std::string_view text, char last) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) { return c >= '0' && c <= last; });
}

class ValueChecks {
 public:
  explicit ValueChecks(ValidateContext& context) : context_(context) {}

  void run() {
    for (const YamlEntry& section : context_.root.entries) {
      if (section.key.value == "Metadata") continue;
      for (const YamlEntry& entry : section.value.entries) {
        const YamlNode* type = section.key.value == "Resources" ? entry.value.find("Type") : nullptr;
        of_sam_ = section.key.value == "Globals" || (type != nullptr && type->value.starts_with("AWS::Serverless::"));
        key(entry.key);
        node(entry.value);
      }
    }
  }

 private:
  void node(const YamlNode& value) {
    if (value.alias)
      return context_.warn(value.at, "CloudFormation takes no YAML aliases",
                           "write out what it stands for, or have `aws cloudformation package` do it");
    scalar(value);
    for (const YamlNode& item : value.items) {
      if (item.is_null()) null_value(item.at, "an item of this list");
      node(item);
    }
    for (const YamlEntry& entry : value.entries) {
      // What programs and people keep there is their own.
      if (entry.key.value == "Metadata") continue;
      key(entry.key);
      if (entry.value.is_null() && entry.key.value != "Type")
        null_value(entry.key.at, fmt::format("'{}'", entry.key.value));
      node(entry.value);
    }
  }

  void null_value(Position at, const std::string& what) {
    if (!of_sam_ && !context_.language_extensions)
      context_.report_refused(at, fmt::format("{} has no value, and CloudFormation refuses null", what),
                              "give it a value, or remove it");
  }

  void key(const YamlNode& key) {
    if (!key.plain || !is_digits(key.value, '9') || (key.value.size() > 1 && key.value.front() == '0')) return;
    const std::string message =
        fmt::format("the key {} is a number, and CloudFormation takes text for keys", key.value);
    const std::string hint = fmt::format("put it in quotes: \"{}\"", key.value);
    if (of_sam_ || context_.language_extensions)
      context_.warn(key.at, message, hint);
    else
      context_.report_refused(key.at, message, hint);
  }

  void scalar(const YamlNode& value) {
    if (!value.plain || value.value.size() != kAccountDigits || value.value.front() != '0' ||
        !is_digits(value.value, '7'))
      return;
    context_.warn(value.at, fmt::format("{} is an octal number to YAML, not an account id", value.value),
                  fmt::format("put it in quotes: \"{}\"", value.value));
  }

  ValidateContext& context_;
  bool of_sam_ = false;
};

}  // namespace

void check_values(ValidateContext& context) {
  ValueChecks(context).run();
}

}  // namespace wsdeep::stack
