#include "wire/node_stage.h"

#include <gtest/gtest.h>

namespace wsdeep::wire {
namespace {

TEST(NodeStage, IsReadBackFromTheLineThatSaysIt) {
  for (const NodeStage& stage :
       {NodeStage{"disks", ""}, NodeStage{"image", ""}, NodeStage{"model", "37 of 412 GB"}, NodeStage{"loading", ""},
        NodeStage{"ready", ""}, NodeStage{"failed", "the image v1 could not be pulled"},
        NodeStage{"leaving", "Auto Scaling terminates the instance"}})
    EXPECT_EQ(parse_stage_line(stage_line(stage)), stage) << stage_line(stage);
}

TEST(NodeStage, IsInNoOtherLine) {
  for (const char* line :
       {"", "wsdeep-stage:", "wsdeep-stage: ", "wsdeep-stage:ready", "wsdeep-stage: READY", "wsdeep-stage: readyish",
        " wsdeep-stage: ready", "it said wsdeep-stage: ready", "wsdeep-stage: exploded now"})
    EXPECT_EQ(parse_stage_line(line), std::nullopt) << line;
}

TEST(NodeStage, ShowsWhatADetailHidesAndCutsALongOne) {
  EXPECT_EQ(parse_stage_line("wsdeep-stage: failed \x1b[2J\xff"), (NodeStage{"failed", "\\x1b[2J\\xff"}));
  EXPECT_EQ(parse_stage_line("wsdeep-stage: failed " + std::string(1000, 'x'))->detail.size(), 300u);
}

}  // namespace
}  // namespace wsdeep::wire
