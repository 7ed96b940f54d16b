#pragma once

#include "lab/jail_options.h"

namespace wsdeep::lab {

/// The session's own 127.0.0.1; there is no other network in its namespace.
void bring_loopback_up();
/// What each process may have, and (in a user namespace of its own) how many there may be.
void limit_resources(const JailOptions& options);
/// No capabilities, never any new ones (no_new_privs), no dangerous system calls, and no look into this process for
/// those that it starts. For good. Throws Error{kFailure}.
void give_up_rights();

}  // namespace wsdeep::lab
