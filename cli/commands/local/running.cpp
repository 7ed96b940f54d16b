#include "commands/local/running.h"

#include <fmt/format.h>

#include "base/error.h"

namespace wsdeep::commands {

void add_running_options(const Command& command, RunningOptions& options) {
  command.add_option("--state", options.state, "state folder of the local system").envname("WSDEEP_LOCAL_STATE");
}

std::filesystem::path state_folder(const std::string& option, const Context& context) {
  return option.empty() ? context.state_folder() / "local" : std::filesystem::absolute(option);
}

local::ServerInfo require_running(const RunningOptions& options, const Context& context) {
  auto info = local::running_system(context.files, state_folder(options.state, context));
  if (!info) throw Error(ErrorKind::kFailure, "no local system is running", "start it with: wsdeep local up --detach");
  return *std::move(info);
}

std::string summary(const local::ServerInfo& info) {
  std::string text =
      fmt::format("local system is up (pid {})\n  Page       {}/\n  WebSocket  {}\n  AWS        {}\n  LLM        {}\n",
                  info.pid, info.endpoint, info.url, info.endpoint, info.llm_url);
  if (!info.lab_url.empty()) text += fmt::format("  lab        {}\n", info.lab_url);
  if (!info.ca_file.empty()) text += fmt::format("  CA         {}\n", info.ca_file);
  return text;
}

}  // namespace wsdeep::commands
