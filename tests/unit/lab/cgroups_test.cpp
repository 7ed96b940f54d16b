#include "lab/cgroups.h"

#include <gtest/gtest.h>

namespace wsdeep::lab {
namespace {

TEST(CgroupPlaces, FindsTheUnifiedHierarchy) {
  const CgroupPlaces places =
      parse_cgroup_places("0::/\n", "29 23 0:26 / / rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
  EXPECT_EQ(places.unified, "/");
  EXPECT_TRUE(places.v1.empty());
}

TEST(CgroupPlaces, FindsEachControllerOfBefore) {
  const CgroupPlaces places = parse_cgroup_places("9:memory:/\n4:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n",
                                                  "33 25 0:29 / / rw - cgroup cgroup rw,memory\n"
                                                  "34 25 0:30 / / rw - cgroup cgroup rw,cpu,cpuacct\n");
  EXPECT_EQ(places.of("memory"), "/");
  EXPECT_EQ(places.of("cpu"), "/");
  EXPECT_FALSE(places.of("pids"));
  EXPECT_EQ(places.unified, "");
}

TEST(CgroupPlaces, AreNoneWhereTheKernelTellsOfNone) {
  const CgroupPlaces places = parse_cgroup_places("", "nonsense\n - \n1 2 3 - cgroup2\n");
  EXPECT_EQ(places.unified, "");
  EXPECT_TRUE(places.v1.empty());
}

}  // namespace
}  // namespace wsdeep::lab
