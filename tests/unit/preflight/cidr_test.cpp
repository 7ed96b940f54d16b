#include "preflight/cidr.h"

#include <gtest/gtest.h>

namespace wsdeep::preflight {
namespace {

TEST(Cidr, BlocksOverlapWhenOneHoldsTheOther) {
  EXPECT_TRUE(overlap("10.40.0.0/16", "10.40.128.0/20"));
  EXPECT_TRUE(overlap("10.40.128.0/20", "10.40.0.0/16"));
  EXPECT_TRUE(overlap("10.40.0.0/16", "0.0.0.0/0"));
  EXPECT_FALSE(overlap("10.40.0.0/16", "10.41.0.0/16"));
  EXPECT_FALSE(overlap("10.40.0.0/17", "10.40.128.0/17"));
}

TEST(Cidr, WhatIsNoBlockOverlapsNothing) {
  for (const char* other :
       {"", "10.40.0.0", "10.40.0/16", "10.40.0.0/33", "10.40.0.256/16", "fd00::/8", "/", "a.b.c.d/8"})
    EXPECT_FALSE(overlap("10.40.0.0/16", other)) << other;
}

}  // namespace
}  // namespace wsdeep::preflight
