#include "fleet/drain.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/fleet_snapshots.h"

namespace wsdeep::fleet {
namespace {

using testing::a_snapshot;

constexpr const char* kFirst = "i-00000000000000000";

std::string refusal(const Snapshot& now, const std::string& instance, Leave leave) {
  try {
    plan_drain(now, instance, leave);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Drain, RefusesWhatTheGroupDoesNotAllow) {
  Snapshot two = a_snapshot(2), one = a_snapshot(1), full = a_snapshot(4);
  full.main.nodes[0].lifecycle = "Standby";
  two.main.nodes[1].lifecycle = "Pending";
  struct Case {
    const Snapshot& now;
    const char* instance;
    Leave leave;
    const char* words;
  };
  const Case cases[] = {
      {one, kFirst, Leave::kReplace, ""},
      {one, kFirst, Leave::kShrink, "chat-dev-nodes has 1 node and may have no fewer"},
      {one, kFirst, Leave::kStandby, "chat-dev-nodes has 1 node and may have no fewer"},
      {one, kFirst, Leave::kStandbyReplaced, ""},
      {two, kFirst, Leave::kShrink, ""},
      {two, "i-00000000000000001", Leave::kStandby,
       "i-00000000000000001 is Pending: only a node in service can stand by"},
      {two, kFirst, Leave::kBack, "i-00000000000000000 does not stand by: it is InService"},
      {full, kFirst, Leave::kBack, "chat-dev-nodes has 4 nodes and may have no more"},
      {two, "i-0000000000000000x", Leave::kReplace,
       "'i-0000000000000000x' is no node of chat-dev-nodes, did you mean 'i-00000000000000000'?"},
  };
  for (const Case& one_case : cases)
    EXPECT_EQ(refusal(one_case.now, one_case.instance, one_case.leave), one_case.words);
}

TEST(Drain, WarnsOfTheLastNodeThatServes) {
  Snapshot now = a_snapshot(2);
  EXPECT_FALSE(plan_drain(now, kFirst, Leave::kReplace).last_to_serve);
  now.main.nodes[1].target = "unhealthy";
  EXPECT_TRUE(plan_drain(now, kFirst, Leave::kReplace).last_to_serve);
}

TEST(Drain, FollowsWhatSomebodyHasBegun) {
  Snapshot now = a_snapshot(2);
  now.main.nodes[0].lifecycle = "Terminating:Wait";
  EXPECT_TRUE(plan_drain(now, kFirst, Leave::kShrink).under_way);
  now.main.nodes[0].lifecycle = "EnteringStandby";
  EXPECT_TRUE(plan_drain(now, kFirst, Leave::kStandby).under_way);
}

TEST(Drain, IsDoneWhenTheNodeIsWhereItShouldBe) {
  struct Case {
    Leave leave;
    const char* lifecycle;  ///< empty: the node is gone
    const char* target;
    bool done;
  };
  const Case cases[] = {
      {Leave::kReplace, "InService", "healthy", false}, {Leave::kReplace, "Terminating:Wait", "draining", false},
      {Leave::kReplace, "Terminating:Wait", "", false}, {Leave::kReplace, "", "", true},
      {Leave::kShrink, "Terminated", "", true},         {Leave::kStandby, "EnteringStandby", "draining", false},
      {Leave::kStandby, "Standby", "draining", false},  {Leave::kStandby, "Standby", "unused", true},
      {Leave::kStandbyReplaced, "Standby", "", true},   {Leave::kBack, "Pending", "", false},
      {Leave::kBack, "InService", "initial", false},    {Leave::kBack, "InService", "healthy", true},
  };
  for (const Case& one : cases) {
    Snapshot now = a_snapshot(2);
    DrainPlan plan;
    plan.group = now.main.name;
    plan.node = now.main.nodes[0];
    plan.leave = one.leave;
    now.main.nodes[0].lifecycle = one.lifecycle;
    now.main.nodes[0].target = one.target;
    if (std::string(one.lifecycle).empty()) now.main.nodes.erase(now.main.nodes.begin());
    EXPECT_EQ(is_done(plan, now), one.done) << one.lifecycle << " " << one.target;
  }
}

}  // namespace
}  // namespace wsdeep::fleet
