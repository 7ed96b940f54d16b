#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "base/clock.h"
#include "llm/outcome.h"

/// Between gRPC's statuses and our faults and words. Private to cli/llm.
namespace wsdeep::llm {

/// gRPC ends an attempt to connect that takes too long by a shutdown of its socket, and on a busy machine it may read
/// that itself, as the peer's reset of the connection (1.51's tcp_client_posix.cc: on_alarm and on_writable). After
/// `connect_end`, the soonest end of such an attempt of a call, a reset of that kind is told as an end of the time.
grpc::Status without_own_reset(const grpc::Status& status, SteadyTime connect_end);

LlmFault to_fault(const grpc::Status& status);
/// The words travel as UTF-8 (gRPC's PROTOCOL-HTTP2.md, Status-Message).
grpc::Status to_status(LlmFault fault, const std::string& cause);

/// `UNAVAILABLE: draining`: the code and the peer's words, bounded and printable. Where gRPC itself gave the code,
/// because what came was no gRPC, our words for that alone.
std::string describe(const grpc::Status& status);

/// The HTTP, 1 or 2, by which a server that speaks it and no gRPC can be asked what it is; 0: it is none of these.
int http_version_of(const grpc::Status& status);

LlmBreak break_of(const grpc::Status& status);
/// HTTP's status, where it came instead of an answer; else 0.
int http_status_of(const grpc::Status& status);

/// True when somebody took the connection, and neither TLS nor HTTP/2 began on it as it should.
bool began_no_grpc(const grpc::Status& status);

/// What `describe` says when the time of a call was over.
inline constexpr const char* kOutOfTime = "DEADLINE_EXCEEDED: Deadline Exceeded";

/// True when the server said that it did not look at the call, or never got it: it may be made once more, whatever it
/// does.
bool was_not_processed(const grpc::Status& status);

}  // namespace wsdeep::llm
