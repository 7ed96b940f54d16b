#include "load/report/fleet_text.h"

#include <gtest/gtest.h>

namespace wsdeep::load {
namespace {

TEST(FleetText, TellsWhatANodeSaidAndWhatItDidNot) {
  EngineFigures node;
  node.url = "grpc://10.0.0.7:50051";
  node.node = "n1";
  node.asked = 60;
  node.failed = 2;
  node.fault = "cannot read the health\n";
  node.drain_seen = 4;
  node.figures = {{"load", false, 0.5, 1, 1.75, 0.9, 58},
                  {"kv_use", false, 0, 0.5, 0.625, 0.4, 58},
                  {"completed", true, 100, 1350, 1350, 0, 58},
                  {"active", false, 0, 0, 0, 0, 58}};
  Page page(200, false);
  tell_engines(page, {node});
  EXPECT_EQ(page.text(),
            "\nMEANWHILE\n"
            "node      n1: load 1.75 at most, 0.9 in the mean; KV cache 62.5% at most, 40.0% in the mean; "
            "1,250 completed; draining in 4 readings; 2 of 60 readings failed: cannot read the health\\n\n");
}

TEST(FleetText, TellsWhatCancelledTurnsLeftAndWhyItIsNotKnownOfAll) {
  Page page(200, false);
  tell_cancels(page, {.cancelled = 12, .known = 10, .resolution = 400, .slot_seconds = 0.25, .fault = "no answer"});
  EXPECT_EQ(page.text(),
            "cancelled of 10 of 12 it is known when their slots were free, to ± 400us: 0.25 slot-seconds after the "
            "cancel; no answer\n");
}

}  // namespace
}  // namespace wsdeep::load
