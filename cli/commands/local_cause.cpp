#include "commands/local_cause.h"

#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "local/control.h"
#include "local/model_failures.h"

namespace wsdeep::commands {
namespace {

/// The local system that this failure of the model comes from, however it was named.
std::optional<local::ServerInfo> failed_system(const TargetOptions& options, const users::Target& target,
                                               const wire::ErrorFrame& failure, const Context& context) {
  if (!local::is_model_failure(failure.category)) return std::nullopt;
  const auto state = options.state.empty() ? context.state_folder() / "local" : std::filesystem::path(options.state);
  try {
    auto info = local::running_system(context.files, state);
    if (info && info->url == target.url) return info;
  } catch (const Error&) {
    // A file of a local system that cannot be read says nothing of another system.
  }
  return std::nullopt;
}

std::string status_command(const TargetOptions& options, const Context& context) {
  const bool is_flag = options.state != context.env.get_or("WSDEEP_LOCAL_STATE", "");
  return "wsdeep local status" + (is_flag ? " --state " + options.state : "");
}

std::string without_cause(const TargetOptions& options, const Context& context) {
  return "see why with: " + status_command(options, context);
}

}  // namespace

std::string local_cause(const TargetOptions& options, const users::Target& target, const wire::ErrorFrame& failure,
                        const Context& context) {
  const auto info = failed_system(options, target, failure, context);
  if (!info) return "";
  std::string cause;
  try {
    if (!failure.message_id.empty()) cause = local::cause_of_failure(*info, failure.message_id, context.clock);
  } catch (const std::exception&) {
    // The system went meanwhile, or is another one: the failure itself is told all the same.
  }
  if (cause.empty()) return without_cause(options, context);
  return fmt::format("the cause, at {}: {}\nsee also: {}", info->llm_url, cause, status_command(options, context));
}

std::string local_cause_command(const TargetOptions& options, const users::Target& target,
                                const wire::ErrorFrame& failure, const Context& context) {
  return failed_system(options, target, failure, context) ? without_cause(options, context) : "";
}

}  // namespace wsdeep::commands
