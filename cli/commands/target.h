#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "aws/cognito.h"
#include "aws/credentials.h"
#include "terminal/context.h"

namespace CLI {
class App;
}

namespace wsdeep::commands {

/// The system that a command works on, as far as flags and environment say. Empty fields are filled by what is known.
struct TargetOptions {
  std::string settings;  ///< empty: wsdeep.yaml
  std::string environment;
  std::string url;
  std::string region;
  std::string user_pool_id;
  std::string client_id;
  std::string endpoint;
  std::string ca_file;
  std::string state;
};

/// Adds `--environment`, `--settings`, `--url`, `--region`, `--user-pool-id`, `--client-id`, `--endpoint`, `--ca-file`,
/// `--state`; each may come from `WSDEEP_URL` and so on.
void add_target_options(CLI::App& command, TargetOptions& options);

/// A system: where its stage is and who signs its users in.
struct Target {
  bool local = false;
  std::string environment;  ///< of the settings; empty when flags name the system
  std::string stack;        ///< of the environment
  std::string url;          ///< of the stage, wss:// or ws://
  std::string region;
  std::string user_pool_id;
  std::string client_id;
  std::string endpoint;       ///< of Cognito; empty: by AWS's rules
  std::string hosted_ui_url;  ///< of the pool's sign-in page; empty: not known
  std::string ca_file;
  std::string profile;                          ///< of ~/.aws/config; empty: the credential chain's own
  std::optional<aws::Credentials> credentials;  ///< of the local system; nothing: the standard chain

  std::string issuer() const;
};

/// The environment's deployed stack, asked for its outputs; or what flags and variables name. Without any, the local
/// system that runs now. What is said of an environment has to be true of it: a pool that is not its own, and variables
/// that name something else, are refused. Throws Error{kUsage} for those and for flags that name no system by
/// themselves, Error{kNotFound} when the environment is not deployed, Error{kFailure} when no local system runs.
/// From then on `context.target_flags` says how to name the same system again.
Target resolve_target(const TargetOptions& options, Context& context);

/// The WebSocket URL of the target's stage. Throws Error{kUsage} when only its user pool is known.
const std::string& stage_url(const Target& target);

/// How long a command waits for Cognito. By default as a person does, who sits before a terminal.
struct Patience {
  aws::RetryPolicy retry{.throttle_limit = std::chrono::seconds(30)};
  std::chrono::milliseconds limit{15000};  ///< of one call with all its attempts; 0: only each attempt's time-out
  bool tells = true;                       ///< on a terminal, who is waited for, when it takes long
  std::stop_token cancel{};
};

/// A Cognito client for the target with what it needs, in one place.
struct CognitoAccess {
  net::HttpClient http;
  std::unique_ptr<aws::CredentialSource> credentials;
  aws::Cognito cognito;

  CognitoAccess(const Target& target, Context& context, Patience patience = {});
};

}  // namespace wsdeep::commands
