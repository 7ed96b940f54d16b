#pragma once

#include <string>

#include "lab/jail_options.h"

namespace wsdeep::lab {

/// Makes the tree of files that a session sees, of what `image` has and of new file systems in memory, and makes it
/// this process's root. For a process in a mount namespace and a pid namespace of its own, with all rights in them,
/// that runs as the session's user. Throws Error{kFailure} that names the step.
///
/// `/usr`, `/bin`, `/lib…`, `/sbin` and a few files of `/etc` of the image, `/dev` with the harmless devices, `/proc`
/// of this pid namespace: all read-only, without set-user-ID. Writable: `/home/lab`, `/tmp`, `/dev/shm`, each in memory
/// and of bounded size. Nothing else of the host is there.
void make_jail_root(const JailOptions& options, const std::string& image);

}  // namespace wsdeep::lab
