#include "lab/seccomp_filter.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "base/error.h"

namespace wsdeep::lab {
namespace {

struct FreedFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FreedFilter>;

/// Of the kernel's that a kernel or libseccomp of before may not know: by name, and passed over then.
constexpr const char* kRefused[] = {
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsmount",
    "fsconfig",
    "fspick",
    "mount_setattr",
    "unshare",
    "setns",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "kcmp",
    "pidfd_getfd",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "add_key",
    "request_key",
    "keyctl",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "open_by_handle_at",
    "name_to_handle_at",
    "swapon",
    "swapoff",
    "reboot",
    "acct",
    "quotactl",
    "quotactl_fd",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "iopl",
    "ioperm",
    "lookup_dcookie",
    "nfsservctl",
    "vhangup",
    "syslog",
    "fanotify_init",
    "modify_ldt",
    "personality",
    "move_pages",
    "migrate_pages",
    "mbind",
    "set_mempolicy",
};

constexpr std::uint64_t kNewNamespaces[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                            CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};

void check_rule(int result, const std::string& what) {
  if (result == 0) return;
  throw Error(ErrorKind::kFailure, "cannot have the kernel refuse " + what + ": " + std::strerror(-result));
}

void refuse_by_name(scmp_filter_ctx filter) {
  for (const char* name : kRefused)
    if (const int number = seccomp_syscall_resolve_name(name); number != __NR_SCMP_ERROR)
      check_rule(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0), name);
}

/// `call` fails with `error` where one of its arguments is as `condition` says.
void refuse_where(scmp_filter_ctx filter, int call, int error, const scmp_arg_cmp& condition, const char* what) {
  check_rule(seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(error), call, 1, &condition), what);
}

void refuse_namespaces(scmp_filter_ctx filter) {
  for (const std::uint64_t flag : kNewNamespaces)
    refuse_where(filter, SCMP_SYS(clone), EPERM, {0, SCMP_CMP_MASKED_EQ, flag, flag}, "clone");
  // Its flags stand in memory, which a filter does not see; without it the C library takes clone.
  check_rule(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0), "clone3");
}

/// Unix sockets, the internet's and the kernel's list of interfaces are left; VSOCK, for one, knows no network
/// namespace.
void refuse_rare_sockets(scmp_filter_ctx filter) {
  for (const int call : {SCMP_SYS(socket), SCMP_SYS(socketpair)}) {
    for (std::uint64_t family = 0; family < AF_NETLINK; ++family)
      if (family != AF_UNIX && family != AF_INET && family != AF_INET6)
        refuse_where(filter, call, EAFNOSUPPORT, {0, SCMP_CMP_MASKED_EQ, 0xFFFFFFFFU, family}, "sockets");
    refuse_where(filter, call, EAFNOSUPPORT, {0, SCMP_CMP_GT, AF_NETLINK, 0}, "sockets");
  }
}

/// Characters typed on behalf of whoever owns the terminal.
void refuse_typing(scmp_filter_ctx filter) {
  for (const std::uint64_t request : {TIOCSTI, TIOCLINUX})
    refuse_where(filter, SCMP_SYS(ioctl), EPERM, {1, SCMP_CMP_MASKED_EQ, 0xFFFFFFFFU, request}, "TIOCSTI");
}

}  // namespace

void refuse_dangerous_calls() {
  const Filter filter(seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) throw Error(ErrorKind::kFailure, "cannot make a seccomp filter");
  refuse_by_name(filter.get());
  refuse_namespaces(filter.get());
  refuse_rare_sockets(filter.get());
  refuse_typing(filter.get());
  check_rule(seccomp_load(filter.get()), "anything (seccomp)");
}

}  // namespace wsdeep::lab
