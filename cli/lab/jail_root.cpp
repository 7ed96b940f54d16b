#include "lab/jail_root.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/descriptor.h"
#include "lab/system_call.h"

namespace wsdeep::lab {
namespace {

/// Any folder will do that every system has and that no image lies below: it is covered in this namespace only.
constexpr const char* kPlaces[] = {"/mnt", "/media", "/srv", "/boot"};

constexpr const char* kProgramFolders[] = {"usr", "bin", "sbin", "lib", "lib64", "lib32", "libx32"};
/// What programs read; neither passwords, nor keys, nor what a service here is configured with.
constexpr const char* kEtcEntries[] = {
    "alternatives", "ld.so.cache",     "ld.so.conf", "ld.so.conf.d", "terminfo",       "localtime",
    "timezone",     "bash.bashrc",     "inputrc",    "vim",          "nanorc",         "protocols",
    "services",     "magic",           "mime.types", "profile",      "manpath.config", "python3",
    "perl",         "ssl/openssl.cnf", "ssl/certs",
};
constexpr const char* kDevices[] = {"null", "zero", "full", "random", "urandom", "tty"};
constexpr const char* kHiddenFiles[] = {"kcore",       "keys",          "key-users",     "kallsyms", "timer_list",
                                        "sched_debug", "latency_stats", "sysrq-trigger", "kmsg",     "kpagecount",
                                        "kpageflags",  "kpagecgroup",   "vmallocinfo",   "slabinfo", "config.gz"};
constexpr const char* kHiddenFolders[] = {"acpi", "scsi", "asound"};
constexpr const char* kReadOnlyFolders[] = {"sys", "bus", "fs", "irq"};

constexpr const char* kPasswd =
    "root:x:0:0:root:/:/usr/sbin/nologin\n"
    "lab:x:1000:1000:lab:/home/lab:/bin/bash\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
constexpr const char* kGroup = "root:x:0:\ntty:x:5:\nlab:x:1000:\nnogroup:x:65534:\n";

class Tree {
 public:
  Tree(const JailOptions& options, std::string image, std::string root)
      : options_(options), image_(std::move(image)), root_(std::move(root)) {}

  void make() const {
    checked(::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "cannot make mounts private");
    memory(root_, 4, "0755");
    for (const char* name : kProgramFolders) program_folder(name);
    etc();
    devices();
    processes();
    writable();
  }

 private:
  void folder(const std::string& path) const {
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) fail_of_system("cannot make " + path);
  }

  void file(const std::string& path, std::string_view text) const {
    const OwnedDescriptor out(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (out.get() < 0 || ::write(out.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      fail_of_system("cannot write " + path);
  }

  void memory(const std::string& path, int megabytes, const char* mode) const {
    const std::string data = fmt::format("size={}m,nr_inodes={},mode={}", megabytes, megabytes * 1024, mode);
    checked(::mount("tmpfs", path.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, data.c_str()),
            "cannot mount a file system in memory on " + path);
  }

  void restrict(const std::string& path, std::uint64_t attributes) const {
    mount_attr wanted{};
    wanted.attr_set = attributes;
    checked(
        static_cast<int>(::syscall(SYS_mount_setattr, AT_FDCWD, path.c_str(), AT_RECURSIVE, &wanted, sizeof wanted)),
        "cannot make " + path + " read-only (Linux 5.12 or newer is needed)");
  }

  void show(const std::string& from, const std::string& to, std::uint64_t attributes) const {
    checked(::mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr), "cannot show " + from);
    restrict(to, attributes);
  }

  void program_folder(const std::string& name) const {
    const std::string from = image_ + "/" + name;
    const std::string to = root_ + "/" + name;
    struct stat found {};
    if (::lstat(from.c_str(), &found) != 0) return;
    if (S_ISLNK(found.st_mode)) {
      char target[256] = {};
      if (::readlink(from.c_str(), target, sizeof target - 1) > 0)
        checked(::symlink(target, to.c_str()), "cannot make " + to);
      return;
    }
    folder(to);
    show(from, to, kPrograms);
  }

  void etc() const {
    folder(root_ + "/etc");
    folder(root_ + "/etc/ssl");
    for (const std::string name : kEtcEntries) {
      const std::string from = image_ + "/etc/" + name;
      struct stat found {};
      if (::stat(from.c_str(), &found) != 0) continue;
      const std::string to = root_ + "/etc/" + name;
      S_ISDIR(found.st_mode) ? folder(to) : file(to, "");
      show(from, to, kPrograms | MOUNT_ATTR_NOEXEC);
    }
    file(root_ + "/etc/passwd", kPasswd);
    file(root_ + "/etc/group", kGroup);
    file(root_ + "/etc/hostname", "lab\n");
    file(root_ + "/etc/hosts", "127.0.0.1 localhost lab\n::1 localhost\n");
    file(root_ + "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n");
  }

  void devices() const {
    const std::string dev = root_ + "/dev";
    folder(dev);
    for (const std::string name : kDevices) {
      file(dev + "/" + name, "");
      checked(::mount(("/dev/" + name).c_str(), (dev + "/" + name).c_str(), nullptr, MS_BIND, nullptr),
              "cannot show /dev/" + name);
    }
    folder(dev + "/pts");
    checked(::mount("devpts", (dev + "/pts").c_str(), "devpts", MS_NOSUID | MS_NOEXEC,
                    "newinstance,ptmxmode=0666,mode=0620"),
            "cannot mount /dev/pts");
    const std::pair<const char*, const char*> links[] = {{"pts/ptmx", "ptmx"},
                                                         {"/proc/self/fd", "fd"},
                                                         {"/proc/self/fd/0", "stdin"},
                                                         {"/proc/self/fd/1", "stdout"},
                                                         {"/proc/self/fd/2", "stderr"}};
    for (const auto& [target, name] : links)
      checked(::symlink(target, (dev + "/" + name).c_str()), std::string("cannot make /dev/") + name);
    folder(dev + "/shm");
    memory(dev + "/shm", 16, "1777");
  }

  /// What of /proc is about the whole machine is hidden as far as it tells secrets or takes orders.
  void processes() const {
    const std::string proc = root_ + "/proc";
    folder(proc);
    checked(::mount("proc", proc.c_str(), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr), "cannot mount /proc");
    for (const char* name : kHiddenFiles)
      if (const std::string path = proc + "/" + name; ::access(path.c_str(), F_OK) == 0)
        checked(::mount("/dev/null", path.c_str(), nullptr, MS_BIND, nullptr),
                "cannot hide /proc/" + std::string(name));
    for (const char* name : kHiddenFolders)
      if (const std::string path = proc + "/" + name; ::access(path.c_str(), F_OK) == 0)
        checked(::mount("tmpfs", path.c_str(), "tmpfs", MS_RDONLY, "size=0,nr_inodes=2"), "cannot hide " + path);
    for (const char* name : kReadOnlyFolders)
      if (const std::string path = proc + "/" + name; ::access(path.c_str(), F_OK) == 0)
        show(path, path, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  }

  void writable() const {
    folder(root_ + "/home");
    folder(root_ + "/home/lab");
    folder(root_ + "/tmp");
    folder(root_ + "/run");
    folder(root_ + "/var");
    checked(::symlink("/tmp", (root_ + "/var/tmp").c_str()), "cannot make /var/tmp");
    memory(root_ + "/home/lab", options_.home_mb, "0700");
    memory(root_ + "/tmp", options_.home_mb, "1777");
  }

  static constexpr std::uint64_t kPrograms = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

  const JailOptions& options_;
  const std::string image_;  ///< without a slash at its end
  const std::string root_;
};

std::string free_place(const std::string& image) {
  for (std::string place : kPlaces) {
    struct stat found {};
    if (::stat(place.c_str(), &found) == 0 && S_ISDIR(found.st_mode) && !image.starts_with(place + "/")) return place;
  }
  errno = ENOENT;
  fail_of_system("cannot find a folder to build a session's files on, such as /mnt");
}

/// The old root goes to where the new one is, and is let go of (pivot_root(2), "pivot_root(".", ".")").
void change_root(const std::string& root) {
  checked(::chdir(root.c_str()), "cannot enter the new root");
  checked(static_cast<int>(::syscall(SYS_pivot_root, ".", ".")), "cannot change the root (pivot_root)");
  checked(::umount2(".", MNT_DETACH), "cannot let go of the host's files");
  checked(::chdir("/"), "cannot enter the new root");
  mount_attr wanted{};
  wanted.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  checked(static_cast<int>(::syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &wanted, sizeof wanted)),
          "cannot make the new root read-only");
}

}  // namespace

void make_jail_root(const JailOptions& options, const std::string& image) {
  std::string from = image;
  while (from.ends_with('/')) from.pop_back();
  const std::string root = free_place(from);
  Tree(options, from, root).make();
  change_root(root);
}

}  // namespace wsdeep::lab
