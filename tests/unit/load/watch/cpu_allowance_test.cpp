#include "load/watch/cpu_allowance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/memory_files.h"

namespace wsdeep::load {
namespace {

using testing::MemoryFiles;
using Contents = std::map<std::filesystem::path, std::string>;

struct AllowanceCase {
  std::string name;
  Contents files;
  int affinity;
  double cores;
  bool by_quota;
};

TEST(CpuAllowance, IsTheSmallestQuotaOnTheWayUp) {
  const std::vector<AllowanceCase> cases = {
      {"no cgroups at all", {}, 4, 4, false},
      {"version 2 without a quota",
       {{"/proc/self/cgroup", "0::/a\n"}, {"/sys/fs/cgroup/a/cpu.max", "max 100000\n"}},
       4,
       4,
       false},
      {"version 2",
       {{"/proc/self/cgroup", "0::/a/b\n"}, {"/sys/fs/cgroup/a/b/cpu.max", "20000 100000\n"}},
       4,
       0.2,
       true},
      {"a parent's is smaller",
       {{"/proc/self/cgroup", "0::/a/b\n"},
        {"/sys/fs/cgroup/a/b/cpu.max", "200000 100000\n"},
        {"/sys/fs/cgroup/a/cpu.max", "50000 100000\n"}},
       4,
       0.5,
       true},
      {"affinity is smaller",
       {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "300000 100000\n"}},
       2,
       2,
       false},
      {"the path is the host's, the mount the container's",
       {{"/proc/self/cgroup", "0::/docker/1234\n"}, {"/sys/fs/cgroup/cpu.max", "150000 100000\n"}},
       2,
       1.5,
       true},
      {"version 1, two controllers",
       {{"/proc/self/cgroup", "5:memory:/m\n4:cpu,cpuacct:/x\n0::/\n"},
        {"/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "25000\n"},
        {"/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "50000\n"}},
       2,
       0.5,
       true},
      {"version 1 without a quota",
       {{"/proc/self/cgroup", "1:cpu:/\n"},
        {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
        {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}},
       2,
       2,
       false},
      {"what makes no sense limits nothing",
       {{"/proc/self/cgroup", "0:\n::\n0::relative\n0::/\n"}, {"/sys/fs/cgroup/cpu.max", "0 0 0\n"}},
       2,
       2,
       false},
  };
  for (const AllowanceCase& one : cases) {
    const CpuAllowance found = read_cpu_allowance(MemoryFiles(one.files), one.affinity);
    EXPECT_DOUBLE_EQ(found.cores, one.cores) << one.name;
    EXPECT_EQ(found.by_quota, one.by_quota) << one.name;
  }
}

TEST(CpuAllowance, TellsForHowLongAQuotaHeldTheProcess) {
  const MemoryFiles files(
      Contents{{"/proc/self/cgroup", "0::/a\n"},
               {"/sys/fs/cgroup/a/cpu.max", "20000 100000\n"},
               {"/sys/fs/cgroup/a/cpu.stat", "usage_usec 7\nnr_throttled 3\nthrottled_usec 4200\n"}});
  EXPECT_EQ(throttled_us(files, read_cpu_allowance(files, 2)), 4200);
}

TEST(CpuAllowance, ReadsTheNanosecondsOfVersion1) {
  const MemoryFiles files(Contents{{"/proc/self/cgroup", "1:cpu:/a\n"},
                                   {"/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "20000"},
                                   {"/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000"},
                                   {"/sys/fs/cgroup/cpu/a/cpu.stat", "nr_periods 1\nthrottled_time 4200000\n"}});
  EXPECT_EQ(throttled_us(files, read_cpu_allowance(files, 2)), 4200);
}

}  // namespace
}  // namespace wsdeep::load
