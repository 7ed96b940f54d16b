#pragma once

#include <chrono>
#include <string>

#include "base/url.h"
#include "llm/client/target.h"

/// Private to cli/llm.
namespace wsdeep::llm {

/// What is known of a call that failed.
struct FailedCall {
  std::string cause;           ///< as `describe` has it
  int http_version = 0;        ///< as `http_version_of` has it
  bool began_no_grpc = false;  ///< as `began_no_grpc` has it
  std::chrono::milliseconds timeout{};
};

struct Explanation {
  std::string cause;
  std::string hint;  ///< what the server says instead, and what to do; or empty
};

/// Tells a person why a call failed. Where the status alone does not say it, the server is looked at again, with TLS or
/// HTTP, for two seconds each at most.
Explanation explain(const Url& url, const ClientTarget& target, const FailedCall& failed);

}  // namespace wsdeep::llm
