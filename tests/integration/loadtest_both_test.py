"""`wsdeep loadtest both` against the local system: what the front door costs, pair by pair, and its parts."""

import json
import os
import tempfile
import unittest

from harness import System

PARTS = ("send_lag", "ack", "hand_over", "node", "post_back")
VERDICTS = (0, 7)  # a machine that is busy with other tests is told as what it is


class LoadtestBoth(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System("--sim", "ttft=60ms", "--sim", "inter-token=5ms", "--sim", "tokens=5", "--sim", "slots=64")
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        cls.system.add_user("alice")

    def pairs(self, *words):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "result.json")
            run = self.system.run("loadtest", "both", "--quiet", "--sessions", "5", "--json", path, *words)
            self.assertIn(run.code, VERDICTS, run)
            with open(path, encoding="utf-8") as file:
                result = json.load(file)
        pairs = result["driver"]["pairs"]
        self.assertEqual(pairs["pairs"], result["measured"]["whole"]["tally"]["attempts"], "of the window, as all else")
        return run, pairs

    def test_the_parts_add_up_to_the_difference(self):
        run, pairs = self.pairs("--rate", "20/s", "--duration", "6s", "--warm-up", "none")
        self.assertGreater(pairs["both"], 60, run)
        self.assertEqual(pairs["with_parts"], pairs["both"], run)
        mean = pairs["difference"]["mean"]["value_us"]
        self.assertAlmostEqual(sum(pairs[part]["difference"]["value_us"] for part in PARTS), mean, delta=1)
        self.assertGreater(mean, 0, "a front door costs something")
        self.assertEqual(pairs["ack"]["llm_us"], 0)
        for plane in ("chat_us", "llm_us"):
            self.assertGreater(pairs["node"][plane], 59_000, "the node's own time is the simulated one")
        self.assertRegex(run.out, r"(?m)^edge +ttft chat − gRPC: mean ")

    def test_clocks_of_one_machine_are_alike_within_their_error(self):
        _, pairs = self.pairs("--rate", "5/s", "--arrivals", "constant", "--duration", "2s", "--warm-up", "1s")
        self.assertIn(pairs["pairs"], range(1, 10), "and none of the warm-up")
        (clock,) = pairs["clocks"]
        self.assertLessEqual(abs(clock["offset_us"]), clock["error_us"])
        self.assertRegex(pairs["difference"]["no_interval"], r"\A\d+ values, and an interval takes 100\Z")

    def test_what_no_pair_can_have_is_refused(self):
        for flag, value, words in (
            ("--turns", "3", "--turns: a pair is one question on each plane, without a history"),
            ("--concurrency", "3", "--concurrency: pairs are begun by the clock, whatever is under way"),
        ):
            run = self.system.run("loadtest", "both", flag, value)
            self.assertEqual(run.code, 2, run)
            self.assertIn(words, run.err)


if __name__ == "__main__":
    unittest.main()
