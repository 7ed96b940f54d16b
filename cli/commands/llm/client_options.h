#pragma once

#include <chrono>
#include <string>

#include "commands/command.h"
#include "llm/client/client.h"
#include "terminal/context.h"

/// The subcommands of `wsdeep llm`, and what those share that ask a node.
namespace wsdeep::commands {

void add_llm_serve(const Command& llm, Context& context);
void add_llm_generate(const Command& llm, Context& context);
void add_llm_health(const Command& llm, Context& context);
void add_llm_models(const Command& llm, Context& context);

/// Which node, and how long it is waited for.
struct ClientOptions {
  std::string url;
  std::string ca_file;
  std::string state;
  int timeout_seconds = 10;

  std::chrono::seconds timeout() const { return std::chrono::seconds(timeout_seconds); }
};

/// Adds `--url`, `--ca-file`, `--state`, `--timeout`.
void add_client_options(const Command& command, ClientOptions& options);

/// Without a URL the node of the local system. Throws Error{kFailure} when none runs.
llm::ClientTarget llm_target(const ClientOptions& options, const Context& context);

}  // namespace wsdeep::commands
