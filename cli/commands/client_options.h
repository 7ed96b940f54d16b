#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "commands/command.h"
#include "llm/client/client.h"
#include "terminal/context.h"

/// What the commands share that ask a node.
namespace wsdeep::commands {

/// Which node, how it is reached, and how long it is waited for.
struct ClientOptions {
  std::string url;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::string authority;
  bool tls = false;
  bool insecure = false;
  std::string via;
  std::string region;
  std::string profile;
  std::string state;
  int timeout_seconds = 10;

  std::chrono::seconds timeout() const { return std::chrono::seconds(timeout_seconds); }
};

/// What help says of a node's address.
inline constexpr const char* kAddressRule =
    "An address is host:port, grpc://host:port (both plain text) or grpcs://host:port (TLS); --tls makes the first "
    "TLS.";

/// Adds `--url` and those of `add_connection_options`.
void add_client_options(const Command& command, ClientOptions& options);
/// Adds the options for TLS, `--state`, `--timeout`, and the way through Session Manager.
void add_connection_options(const Command& command, ClientOptions& options);
void add_client_tls_options(const Command& command, ClientOptions& options);

/// The node of `options.url`; without a URL that of the local system. Throws Error{kUsage} for options that do not go
/// together, Error{kFailure} when no local system runs.
llm::ClientTarget llm_target(const ClientOptions& options, const Context& context);
/// One for each of the URLs, an empty one being that of the local system; `options.url` is not looked at.
std::vector<llm::ClientTarget> llm_targets(const std::vector<std::string>& urls, ClientOptions options,
                                           const Context& context);

/// Says what --insecure means, where it was given.
void warn_of_insecurity(const ClientOptions& options, const Console& console);

}  // namespace wsdeep::commands
