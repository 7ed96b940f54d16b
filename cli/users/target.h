#pragma once

#include <optional>
#include <string>

#include "aws/credentials.h"

namespace wsdeep::users {

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
  std::string lab_url;        ///< of the lab's HTTP interface; empty: there is none, or not known
  std::string web_url;        ///< of the page that people chat on; empty: there is none, or not known
  std::string ca_file;
  std::string profile;                          ///< of ~/.aws/config; empty: the credential chain's own
  std::optional<aws::Credentials> credentials;  ///< of the local system; nothing: the standard chain

  std::string issuer() const;
};

/// The WebSocket URL of the target's stage. Throws Error{kUsage} when only its user pool is known.
const std::string& stage_url(const Target& target);

}  // namespace wsdeep::users
