#pragma once

#include "base/descriptor.h"
#include "lab/jail_options.h"

namespace wsdeep::lab {

/// The keeper's side of the socket between it and the server. From the server: `start NUMBER COLS ROWS IMAGE` with the
/// control socket of the new session (lab/jail_init.h), `kill NUMBER`. From here, first: `limits` and the names of
/// those that it cannot set (lab/cgroups.h); then `ended NUMBER STATUS` for each session that was to be started, also
/// for one that could not be. Returns when the server is gone and all sessions are.
void run_keeper(const JailOptions& options, const OwnedDescriptor& server);

}  // namespace wsdeep::lab
