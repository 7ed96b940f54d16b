"""What a load test says of a node that fails, against the shares in which it does."""

import math
import unittest

from loadtest_run import Load, simulated_node


class FailingNode(unittest.TestCase):
    """Refuses 30 %, breaks 5 %, stalls 2 %."""

    def setUp(self):
        self.node = simulated_node(self, "ttft=50ms", "inter-token=5ms", "tokens=20", "slots=10000", "refuse=0.3",
                                   "break=0.05", "stall=0.02")

    def assertShare(self, count, of, share, what):
        bound = 4 * math.sqrt(share * (1 - share) * of)
        self.assertLessEqual(abs(count - share * of), bound, f"{what}: {count} of {of}, expected {share:%}")

    def test_the_table_adds_up_with_the_right_shares(self):
        # What is not stalled has time to end, also where the machine has other work.
        load = Load(self.node, "--rate", "250/s", "--drain", "5s", seconds=6).end()
        tally = load.whole["tally"]
        rows = ("good", "slow", "refused", "failed", "truncated", "cancelled", "unfinished")
        self.assertEqual(sum(tally[row] for row in rows), tally["attempts"], load)
        self.assertEqual(len(load.records), tally["attempts"], load)
        self.assertEqual(sum(tally["reasons"].values()), tally["attempts"] - tally["good"] - tally["slow"], load)
        self.assertShare(tally["refused"] + tally["failed"], tally["attempts"], 0.3, "refused")
        self.assertShare(tally["truncated"], tally["attempts"], 0.05, "broken")
        self.assertShare(tally["unfinished"], tally["attempts"], 0.02, "stalled")
        self.assertShare(tally["good"], tally["attempts"], 0.63, "good")
        self.assertAlmostEqual(load.whole["good_share"], tally["good"] / tally["attempts"])

    def test_stopping_early_does_not_improve_p99(self):
        load = Load(self.node, "--rate", "250/s", "--drain", "0s", seconds=3).end()
        p99 = next(one for one in load.whole["metrics"]["e2e"]["percentiles"] if one["share"] == 0.99)
        self.assertTrue(p99["more_than"], "what was under way might have become any slower")
        self.assertGreater(load.whole["tally"]["unfinished"], 5)
