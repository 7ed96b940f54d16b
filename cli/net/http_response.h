#pragma once

#include <string>

#include "net/http_message.h"

namespace wsdeep::net {

/// An answer of the server's own: the status and its reason as JSON.
HttpResponse plain_error(int status);
/// No response of that status has a body (RFC 9110 §6.4.1).
bool has_no_body(int status);
/// Status line and header fields, with the empty line after them. Length and connection are the server's to say;
/// fields that are no valid ones are left out.
std::string response_head(const HttpResponse& response, bool keep_alive);
/// The same for a body that comes piece by piece: in chunks, or until the connection ends.
std::string streamed_head(const HttpResponse& response, bool keep_alive, bool chunked);

}  // namespace wsdeep::net
