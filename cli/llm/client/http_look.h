#pragma once

#include <string>

#include "base/url.h"

/// Private to cli/llm.
namespace wsdeep::llm {

/// Asks a server that is no gRPC server, as gRPC would, and tells its answer to a person: `it answers HTTP 200,
/// text/plain: ok`. Empty for a version that is neither 1 nor 2, and when no answer comes within two seconds.
std::string what_http_says(const Url& target, const std::string& ca_file, int version);

}  // namespace wsdeep::llm
