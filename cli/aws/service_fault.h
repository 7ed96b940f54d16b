#pragma once

#include <string>
#include <string_view>

#include "aws/client.h"

namespace wsdeep::aws {

/// What an error answer says, in whichever of AWS's protocols it says it.
struct ServiceFault {
  std::string code;        ///< without namespace; `HTTP 503` when the answer names none
  std::string message;     ///< may be empty; one line, at most 500 bytes, no control characters
  std::string request_id;  ///< may be empty
};

/// Reads `x-amzn-errortype`, JSON `__type`, `code` and `message`, or XML `<Code>`, `<Message>` and `<RequestId>`.
ServiceFault read_fault(const net::HttpResponse& response);

/// The error for an answer with status ≥ 400: what was asked, what the service says, and what to do next.
ServiceError to_service_error(const net::HttpResponse& response, std::string_view service, std::string_view operation,
                              std::string_view region, SystemTime now);

/// True when the same call may succeed a moment later: throttling, a fault inside the service, a time-out there.
bool is_transient(const ServiceError& error);

}  // namespace wsdeep::aws
