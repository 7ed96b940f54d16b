#include "deploy/remote_check.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "base/error.h"
#include "deploy/stack_state.h"
#include "deploy/upload.h"
#include "stack/checks/validate.h"
#include "stack/template/compose.h"

namespace wsdeep::deploy {
namespace {

/// One of the two is what ValidateTemplate gets.
struct Request {
  std::string body;
  std::string url;
  bool has_lines = true;  ///< false: what is sent is not the text that people see
};

Request request_for(const std::string& name, const std::string& text, const StackTarget& target, StackAccess& access) {
  if (text.size() <= aws::kMaxTemplateBody) return {text, "", true};
  std::string why_not = "a template by itself has no bucket to go through";
  if (!target.name.empty()) {
    const std::string account = access.sts.get_caller_identity().account;
    const std::string bucket = artifact_bucket(target.service_name(), account, target.region);
    if (access.s3.bucket_exists(bucket, account)) return {"", store_template(text, bucket, access.s3), true};
    why_not = fmt::format("the bucket {} is made by the first deployment", bucket);
  }
  std::string compact = nlohmann::ordered_json::parse(stack::template_json(text)).dump();
  if (compact.size() <= aws::kMaxTemplateBody) return {std::move(compact), "", false};
  throw Error(ErrorKind::kUsage,
              fmt::format("cannot ask CloudFormation about {}: it has {} bytes, ValidateTemplate takes {}, and {}",
                          name, compact.size(), aws::kMaxTemplateBody, why_not),
              "see what would be deployed with: wsdeep deploy --no-execute");
}

bool is_name_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool names(const std::string& message, const std::string& id) {
  for (std::size_t at = 0; (at = message.find(id, at)) != std::string::npos; ++at) {
    const bool begins = at == 0 || !is_name_character(message[at - 1]);
    const bool ends = at + id.size() == message.size() || !is_name_character(message[at + id.size()]);
    if (begins && ends) return true;
  }
  return false;
}

/// `(line 7, column 3)` where the service says so, else the resource that it names.
stack::Position place_in(const std::string& message, const std::string& text, bool has_lines) {
  static const std::regex kPlace("line ([0-9]{1,7}),? column ([0-9]{1,7})");
  std::smatch found;
  if (has_lines && std::regex_search(message, found, kPlace)) return {std::stoul(found[1]), std::stoul(found[2])};
  for (const auto& [id, at] : stack::resource_places(text))
    if (names(message, id)) return at;
  return {};
}

}  // namespace

std::optional<stack::Diagnostic> check_remotely(const std::string& name, const std::string& text,
                                                const StackTarget& target, StackAccess& access) {
  const Request request = request_for(name, text, target, access);
  try {
    access.cloudformation.validate_template(request.body, request.url);
    return std::nullopt;
  } catch (const aws::ServiceError& error) {
    if (error.code() != "ValidationError") throw;
    const stack::Position at = place_in(error.detail(), text, request.has_lines);
    return stack::Diagnostic{
        stack::Severity::kError,      name, at, fmt::format("CloudFormation: {}", error.detail()), "",
        stack::line_of(text, at.line)};
  }
}

}  // namespace wsdeep::deploy
