#include "commands/remote_check.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "stack/compose.h"

namespace wsdeep::commands {
namespace {

/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ValidateTemplate.html
constexpr std::size_t kMaxBody = 51'200;

std::string body_of(const std::string& name, const std::string& text) {
  if (text.size() <= kMaxBody) return text;
  std::string body = nlohmann::ordered_json::parse(stack::template_json(text)).dump();
  if (body.size() <= kMaxBody) return body;
  throw Error(ErrorKind::kUsage,
              fmt::format("cannot ask CloudFormation about {}: it has {} bytes as JSON, ValidateTemplate takes {}",
                          name, body.size(), kMaxBody),
              "see what would be deployed with: wsdeep deploy --no-execute");
}

}  // namespace

std::optional<stack::Diagnostic> check_remotely(const std::string& name, const std::string& text,
                                                const StackTarget& target, Context& context) {
  StackAccess access(target, context);
  try {
    access.cloudformation.validate_template(body_of(name, text), "");
    return std::nullopt;
  } catch (const aws::ServiceError& error) {
    if (error.code() != "ValidationError") throw;
    return stack::Diagnostic{
        stack::Severity::kError, name, {}, fmt::format("CloudFormation: {}", error.detail()), "", ""};
  }
}

}  // namespace wsdeep::commands
