#include <gtest/gtest.h>

#include <cstdint>

#include "load/limit/find_limit.h"
#include "support/erlang_service.h"
#include "support/virtual_search.h"

// Where a service turns bad, as theory knows it, and as a search finds it.

namespace wsdeep::load {
namespace {

using testing::ErlangService;
using testing::VirtualSearch;

/// Whether the knee is in the interval, and all of that within 10 % of it.
bool is_near(const LimitSearch& found, double knee) {
  const double passes = found.passes.value_or(0) / knee;
  const double fails = found.fails.value_or(0) / knee;
  return 0.9 < passes && passes <= 1 && 1 <= fails && fails < 1.1;
}

TEST(Knee, IsHeldByTheSearch) {
  const ErlangService service;
  const double knee = service.knee(0.3, 0.05);
  ASSERT_GT(knee / service.capacity(), 0.7);
  ASSERT_LT(knee / service.capacity(), 0.95);
  int near = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    VirtualSearch search(service.queue(seed), {"ttft_p95<300ms"});
    search.options.plan.seed = seed;
    search.options.first = 35;
    search.options.point_length = 90'000'000;
    const LimitSearch found = search.find();
    ASSERT_EQ(found.ended_by, SearchEnd::kFound) << found.ended_why;
    near += is_near(found, knee) ? 1 : 0;
  }
  EXPECT_GE(near, 9);
}

}  // namespace
}  // namespace wsdeep::load
