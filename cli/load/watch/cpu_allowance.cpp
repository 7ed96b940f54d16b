#include "load/watch/cpu_allowance.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "base/text.h"

// A process is in one cgroup of version 2 (`0::/system.slice/x.service`), or of version 1 in one for each controller
// (`4:cpu,cpuacct:/docker/…`); a quota of any of its parents holds it too. In a container the path may name a folder
// that only the host sees: then the mounted root is its own cgroup, and that is where the way up ends.

namespace wsdeep::load {
namespace {

constexpr std::string_view kCgroups = "/sys/fs/cgroup";
constexpr std::int64_t kMostQuota = 1'000'000'000'000;

std::string read_or_empty(const Files& files, const std::filesystem::path& path) {
  try {
    return files.read(path).value_or("");
  } catch (const Error&) {
    return "";
  }
}

struct CgroupFolder {
  std::filesystem::path mount, folder;
  bool unified = true;
};

/// The folders of the lines `ID:controllers:path` that may have a quota of the CPU.
std::vector<CgroupFolder> cgroup_folders(std::string_view lines) {
  std::vector<CgroupFolder> folders;
  for (const std::string_view line : split(lines, '\n')) {
    const std::vector<std::string_view> parts = split(line, ':');
    if (parts.size() < 3 || !parts[2].starts_with('/')) continue;
    const std::vector<std::string_view> controllers = split(parts[1], ',');
    const bool unified = parts[0] == "0" && parts[1].empty();
    if (!unified && std::find(controllers.begin(), controllers.end(), "cpu") == controllers.end()) continue;
    const std::filesystem::path mount = std::filesystem::path(kCgroups) / parts[1];
    folders.push_back({mount, mount / parts[2].substr(1), unified});
  }
  return folders;
}

/// `20000 100000` → 0.2; nothing for `max` or -1.
std::optional<double> quota_of(std::string_view quota, std::string_view period) {
  const auto most = parse_integer(trim(quota), 1, kMostQuota);
  const auto of = parse_integer(trim(period), 1, kMostQuota);
  if (!most || !of) return std::nullopt;
  return static_cast<double>(*most) / static_cast<double>(*of);
}

std::optional<double> quota_in(const Files& files, const std::filesystem::path& folder, bool unified) {
  if (!unified)
    return quota_of(read_or_empty(files, folder / "cpu.cfs_quota_us"),
                    read_or_empty(files, folder / "cpu.cfs_period_us"));
  const std::string text = read_or_empty(files, folder / "cpu.max");
  const std::vector<std::string_view> words = split(trim(text), ' ');
  return words.size() == 2 ? quota_of(words[0], words[1]) : std::nullopt;
}

void apply_quotas(const Files& files, const CgroupFolder& group, CpuAllowance& allowance) {
  for (std::filesystem::path folder = group.folder;; folder = folder.parent_path()) {
    if (const auto quota = quota_in(files, folder, group.unified)) {
      allowance.by_quota = allowance.by_quota || *quota < allowance.cores;
      allowance.cores = std::min(allowance.cores, *quota);
      allowance.throttled_by.push_back(folder / "cpu.stat");
    }
    if (folder == group.mount || folder == folder.parent_path()) return;
  }
}

/// The number behind `name ` in the lines of a cpu.stat.
std::optional<std::int64_t> stat_number(std::string_view lines, std::string_view name) {
  for (const std::string_view line : split(lines, '\n'))
    if (line.starts_with(name) && line.substr(name.size()).starts_with(' '))
      return parse_integer(trim(line.substr(name.size())), 0, INT64_MAX);
  return std::nullopt;
}

}  // namespace

CpuAllowance read_cpu_allowance(const Files& files, int affinity) {
  CpuAllowance allowance;
  allowance.cores = std::max(affinity, 1);
  for (const CgroupFolder& group : cgroup_folders(read_or_empty(files, "/proc/self/cgroup")))
    apply_quotas(files, group, allowance);
  return allowance;
}

std::int64_t throttled_us(const Files& files, const CpuAllowance& allowance) {
  std::int64_t longest = 0;
  for (const std::filesystem::path& path : allowance.throttled_by) {
    const std::string lines = read_or_empty(files, path);
    const std::int64_t us = stat_number(lines, "throttled_usec").value_or(0);
    const std::int64_t ns = stat_number(lines, "throttled_time").value_or(0);
    longest = std::max({longest, us, ns / 1000});
  }
  return longest;
}

}  // namespace wsdeep::load
