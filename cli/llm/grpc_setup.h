#pragma once

namespace wsdeep::llm {

/// To be called before gRPC is used; only the first call does something. Private to cli/llm.
///
/// gRPC's and protobuf's own log lines become debug lines of ours: what fails is told by our errors, in our words.
/// (With GRPC_VERBOSITY set they keep going to stderr, for whoever is debugging gRPC.) And gRPC stays initialised until
/// the process ends: it would shut down with its last channel or server, and start again with the next, and a shutdown
/// waits up to ten seconds for the thread that looks after a write which was under way.
void set_up_grpc();

}  // namespace wsdeep::llm
