#include "preflight/quota_codes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsdeep::preflight {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(QuotaCode, FollowsFamilyGenerationAndPayment) {
  struct Row {
    const char* type;
    const char* on_demand;
    const char* spot;
  };
  for (const Row& row : {Row{"g5.xlarge", "L-DB2E81BA", "L-3819A6DF"},
                         {"g6e.12xlarge", "L-DB2E81BA", "L-3819A6DF"},
                         {"gr6.4xlarge", "L-DB2E81BA", "L-3819A6DF"},
                         {"p4d.24xlarge", "L-417A185B", "L-7212CCBC"},
                         {"p5.48xlarge", "L-417A185B", "L-C4BD4855"},
                         {"p5en.48xlarge", "L-417A185B", "L-C4BD4855"},
                         {"p6-b200.48xlarge", "L-417A185B", ""},
                         {"inf2.xlarge", "L-1945791B", "L-B5D1601B"},
                         {"trn1.2xlarge", "L-2C3B7624", "L-6B0D517C"},
                         {"m7i.large", "", ""},
                         {"", "", ""},
                         {"p.", "", ""}}) {
    EXPECT_EQ(quota_code(row.type, false), row.on_demand) << row.type;
    EXPECT_EQ(quota_code(row.type, true), row.spot) << row.type;
  }
}

TEST(QuotaCode, KnowsWhatElseIsCountedWithAType) {
  EXPECT_THAT(counted_with("g6.xlarge"), ElementsAre("g*", "vt*"));
  EXPECT_THAT(counted_with("p5.48xlarge"), ElementsAre("p*"));
  EXPECT_THAT(counted_with("m7i.large"), IsEmpty());
}

stack::LlmSettings fleet(std::int64_t min, std::int64_t desired, std::int64_t max) {
  stack::LlmSettings llm;
  llm.min = min;
  llm.desired = desired;
  llm.max = max;
  return llm;
}

TEST(NodeCounts, HaveRoomForOneNodeWhereTheFleetBeginsWithNone) {
  const NodeCounts counts = node_counts(fleet(0, 0, 4), false);
  EXPECT_EQ(counts.first, 1);
  EXPECT_EQ(counts.most, 4);
  EXPECT_EQ(node_counts(fleet(0, 0, 4), true).most, 0);
}

TEST(NodeCounts, TakeTheLargestOfTheSchedule) {
  stack::LlmSettings llm = fleet(1, 2, 4);
  llm.schedule.push_back({"day", "0 7 * * 1-5", "UTC", 2, 6, 8});
  EXPECT_EQ(node_counts(llm, false).most, 8);
  EXPECT_EQ(node_counts(llm, false).first, 2);
}

TEST(NodeCounts, DivideTheFleetByHowItIsPaid) {
  stack::LlmSettings llm = fleet(1, 3, 6);
  llm.capacity = stack::Capacity::kSpot;
  llm.on_demand_base = 1;
  EXPECT_EQ(node_counts(llm, false).most, 1);
  EXPECT_EQ(node_counts(llm, false).first, 1);
  EXPECT_EQ(node_counts(llm, true).most, 5);
  EXPECT_EQ(node_counts(llm, true).first, 2);
}

}  // namespace
}  // namespace wsdeep::preflight
