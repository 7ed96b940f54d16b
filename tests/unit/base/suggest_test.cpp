#include "base/suggest.h"

#include <gtest/gtest.h>

namespace wsdeep {
namespace {

TEST(Closest, FindsANearMissOnly) {
  const std::vector<std::string> commands{"deploy", "destroy", "diff"};
  EXPECT_EQ(closest("depoly", commands), "deploy");
  EXPECT_EQ(closest("dfif", commands), "diff");
  EXPECT_EQ(closest("xyz", commands), std::nullopt);
}

}  // namespace
}  // namespace wsdeep
