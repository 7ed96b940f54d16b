#include "lab/jail_rights.h"

#include <linux/capability.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/descriptor.h"
#include "lab/seccomp_filter.h"
#include "lab/system_call.h"

namespace wsdeep::lab {
namespace {

void set_limit(__rlimit_resource what, rlim_t value, const char* name) {
  rlimit limit{};
  ::getrlimit(what, &limit);
  limit.rlim_max = std::min(limit.rlim_max, value);
  limit.rlim_cur = limit.rlim_max;
  checked(::setrlimit(what, &limit), std::string("cannot limit ") + name);
}

void drop_capabilities() {
  for (int capability = 0; capability <= 63; ++capability) ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  checked(static_cast<int>(::syscall(SYS_capset, &header, none)), "cannot drop capabilities");
}

}  // namespace

void bring_loopback_up() {
  const OwnedDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  checked(::ioctl(socket.get(), SIOCSIFFLAGS, &request), "cannot bring 127.0.0.1 up");
}

void limit_resources(const JailOptions& options) {
  const rlim_t memory = static_cast<rlim_t>(options.memory_mb) << 20;
  set_limit(RLIMIT_NPROC, static_cast<rlim_t>(options.processes), "processes");
  set_limit(RLIMIT_NOFILE, static_cast<rlim_t>(options.open_files), "open files");
  set_limit(RLIMIT_DATA, memory, "memory");
  set_limit(RLIMIT_FSIZE, memory, "the size of files");
  set_limit(RLIMIT_CORE, 0, "core files");
  set_limit(RLIMIT_MEMLOCK, 64 * 1024, "locked memory");
  set_limit(RLIMIT_MSGQUEUE, 64 * 1024, "message queues");
  set_limit(RLIMIT_SIGPENDING, 1024, "pending signals");
}

void give_up_rights() {
  checked(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "cannot forbid new rights");
  drop_capabilities();
  checked(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "cannot keep others from looking in");
  refuse_dangerous_calls();
}

}  // namespace wsdeep::lab
