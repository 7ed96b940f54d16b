#include "lab/cgroups.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "lab/system_call.h"

namespace wsdeep::lab {
namespace {

constexpr int kCpuPeriodUs = 100'000;

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool has_word(std::string_view list, char separator, std::string_view word) {
  for (const std::string_view one : split(list, separator))
    if (trim(one) == word) return true;
  return false;
}

bool is_folder(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

/// A container may show its own group as the root of the mount.
std::string existing(const std::string& mount, const std::string& path) {
  const std::string whole = path == "/" ? mount : mount + path;
  return is_folder(whole) ? whole : mount;
}

/// Where the hierarchy with `controller` is mounted; empty `controller`: that of version 2.
std::string mount_of(const std::string& mounts, std::string_view controller) {
  for (const std::string_view line : split(mounts, '\n')) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const auto before = split(line.substr(0, dash), ' ');
    const auto after = split(line.substr(dash + 3), ' ');
    if (before.size() < 5 || after.size() < 3) continue;
    const bool fits =
        controller.empty() ? after[0] == "cgroup2" : after[0] == "cgroup" && has_word(after[2], ',', controller);
    if (fits) return std::string(before[4]);
  }
  return {};
}

}  // namespace

std::optional<std::string> CgroupPlaces::of(const std::string& controller) const {
  for (const auto& [name, folder] : v1)
    if (name == controller) return folder;
  return std::nullopt;
}

CgroupPlaces parse_cgroup_places(const std::string& own_groups, const std::string& mounts) {
  CgroupPlaces places;
  for (const std::string_view line : split(own_groups, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string path(line.substr(second + 1));
    const std::string_view names = line.substr(first + 1, second - first - 1);
    if (names.empty()) {
      if (const std::string mount = mount_of(mounts, ""); !mount.empty()) places.unified = existing(mount, path);
      continue;
    }
    for (const std::string_view name : split(names, ','))
      if (const std::string mount = mount_of(mounts, name); !mount.empty())
        places.v1.emplace_back(std::string(name), existing(mount, path));
  }
  return places;
}

Cgroups::Cgroups(const JailOptions& options)
    : options_(options), controllers_{{"memory", {}, false}, {"pids", {}, false}, {"cpu", {}, false}} {
  const CgroupPlaces places = parse_cgroup_places(content_of("/proc/self/cgroup"), content_of("/proc/self/mountinfo"));
  if (!places.unified.empty() && use_v2(places.unified)) return;
  for (Controller& controller : controllers_) {
    const auto folder = places.of(controller.name);
    if (!folder) continue;
    controller.folder = *folder;
    use_v1(controller);
  }
}

/// A group with limited children may hold no process itself (the rule of "no internal processes"): this one and the
/// server go into a child of their own first.
bool Cgroups::use_v2(const std::string& folder) {
  const std::string offered = content_of(folder + "/cgroup.controllers");
  if (!has_word(offered, ' ', "memory") && !has_word(offered, ' ', "pids")) return false;
  if (struct stat root{}; ::stat((folder + "/cgroup.type").c_str(), &root) == 0) {
    const std::string server = folder + "/server";
    if (::mkdir(server.c_str(), 0755) != 0 && errno != EEXIST) return true;
    for (const pid_t pid : {::getppid(), ::getpid()})
      can_write_kernel_file(server + "/cgroup.procs", std::to_string(pid));
  }
  for (Controller& controller : controllers_) {
    if (!has_word(offered, ' ', controller.name)) continue;
    if (!can_write_kernel_file(folder + "/cgroup.subtree_control", "+" + controller.name)) continue;
    controller.folder = folder;
    controller.is_v2 = true;
  }
  return true;
}

/// Tries it with a group that no process ever gets into.
void Cgroups::use_v1(Controller& controller) {
  const std::string trial = fmt::format("{}/wsdeep-lab-{}-trial", controller.folder, ::getpid());
  bool works = ::mkdir(trial.c_str(), 0755) == 0;
  if (works) {
    try {
      limit(controller, trial);
    } catch (const std::exception&) {
      works = false;  // said by `missing`
    }
    ::rmdir(trial.c_str());
  }
  if (!works) controller.folder.clear();
}

std::vector<std::string> Cgroups::missing() const {
  std::vector<std::string> names;
  for (const Controller& controller : controllers_)
    if (controller.folder.empty()) names.push_back(controller.name);
  return names;
}

std::string Cgroups::group(const Controller& controller, unsigned number) const {
  return fmt::format("{}/wsdeep-lab-{}-{}", controller.folder, ::getpid(), number);
}

void Cgroups::limit(const Controller& controller, const std::string& folder) const {
  const std::string bytes = std::to_string(static_cast<std::uint64_t>(options_.memory_mb) << 20);
  const std::string quota = std::to_string(static_cast<int>(options_.cpus * kCpuPeriodUs));
  if (controller.name == "pids") return write_kernel_file(folder + "/pids.max", std::to_string(options_.processes));
  if (controller.name == "memory" && controller.is_v2) {
    write_kernel_file(folder + "/memory.max", bytes);
    can_write_kernel_file(folder + "/memory.swap.max", "0");  // absent where there is no swap
    return;
  }
  if (controller.name == "memory") {
    write_kernel_file(folder + "/memory.limit_in_bytes", bytes);
    can_write_kernel_file(folder + "/memory.memsw.limit_in_bytes", bytes);  // absent without swap accounting
    return;
  }
  if (controller.is_v2) return write_kernel_file(folder + "/cpu.max", fmt::format("{} {}", quota, kCpuPeriodUs));
  write_kernel_file(folder + "/cpu.cfs_period_us", std::to_string(kCpuPeriodUs));
  write_kernel_file(folder + "/cpu.cfs_quota_us", quota);
}

void Cgroups::place(unsigned number, pid_t pid) {
  for (const Controller& controller : controllers_) {
    if (controller.folder.empty()) continue;
    const std::string folder = group(controller, number);
    if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) fail_of_system("cannot make " + folder);
    limit(controller, folder);
    write_kernel_file(folder + "/cgroup.procs", std::to_string(pid));
  }
}

void Cgroups::remove(unsigned number) {
  for (const Controller& controller : controllers_)
    if (!controller.folder.empty()) ::rmdir(group(controller, number).c_str());
}

}  // namespace wsdeep::lab
