#pragma once

namespace wsdeep::lab {

/// Has the kernel refuse, from now on and for all that this process starts, what a shell has no use for and escapes
/// have: new namespaces, mounts, tracing, modules, keys, BPF, io_uring, sockets of rare families. Needs
/// no_new_privs. Throws Error{kFailure}.
void refuse_dangerous_calls();

}  // namespace wsdeep::lab
