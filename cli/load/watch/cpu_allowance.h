#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"

namespace wsdeep::load {

/// How much CPU this process may use at all.
struct CpuAllowance {
  double cores = 1;       ///< by affinity, and by the smallest quota of the cgroups that it is in
  bool by_quota = false;  ///< it is the quota that decides
  /// The `cpu.stat` of the cgroups with a quota: they say for how long they held their processes.
  std::vector<std::filesystem::path> throttled_by{};
};

/// Reads cgroups of both versions, where Debian and the container runtimes mount them. `affinity` is the number of
/// cores on which the process may run. What cannot be read limits nothing.
CpuAllowance read_cpu_allowance(const Files& files, int affinity);

/// How long the cgroups of the allowance have held their processes so far, in µs: the longest of them.
std::int64_t throttled_us(const Files& files, const CpuAllowance& allowance);

}  // namespace wsdeep::load
