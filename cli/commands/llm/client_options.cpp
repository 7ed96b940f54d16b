#include "commands/llm/client_options.h"

#include <filesystem>

#include "base/error.h"
#include "local/server_info.h"

namespace wsdeep::commands {

void add_client_options(const Command& command, ClientOptions& options) {
  command.add_option("--url", options.url, "grpc://host:port or grpcs://host:port; without it the local node")
      .envname("WSDEEP_LLM_URL");
  command.add_option("--ca-file", options.ca_file, "PEM file to trust, for grpcs").envname("WSDEEP_CA_FILE");
  command.add_option("--state", options.state, "state folder of the local system").envname("WSDEEP_LOCAL_STATE");
  command.add_option("--timeout", options.timeout_seconds, "seconds to wait").range(1, 3600);
}

llm::ClientTarget llm_target(const ClientOptions& options, const Context& context) {
  if (!options.url.empty()) return {options.url, options.ca_file};
  const auto folder = options.state.empty() ? context.state_folder() / "local" : std::filesystem::path(options.state);
  const auto info = local::running_system(context.files, folder);
  if (!info)
    throw Error(ErrorKind::kFailure, "no local system is running, and no --url says which node to ask",
                "start it with: wsdeep local up --detach");
  return {info->llm_url, options.ca_file};
}

}  // namespace wsdeep::commands
