"""Several runs of a load test: two nodes, of which one is twice as slow, compared; and saved runs compared again."""

import json
import os
import subprocess
import tempfile
import unittest

from harness import BIN, TIMEOUT, System
from loadtest_run import STARTS, tells_of_lateness, was_late

REGRESSION, CANNOT_JUDGE = 6, 7  # a machine that is busy with other tests makes runs INVALID, and says so


class LoadtestSeries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System()
        cls.addClassCleanup(cls.system.destroy)
        cls.urls = [cls.node(ttft, tokens) for ttft, tokens in (("20ms", 5), ("80ms", 7))]
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name

    @classmethod
    def node(cls, ttft, tokens):
        node = cls.system.start("llm", "serve", "--listen", "127.0.0.1:0", "--sim", f"ttft={ttft}", "--sim",
                                "inter-token=1ms", "--sim", f"tokens={tokens}", "--sim", "slots=64")
        cls.addClassCleanup(node.communicate)
        cls.addClassCleanup(node.terminate)
        return node.stdout.readline().decode().strip()

    def path(self, name):
        return os.path.join(self.folder, name)

    def series(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return json.load(file)

    def load(self, *words, timeout=3 * TIMEOUT):
        return self.system.run("loadtest", "llm", "--url", self.urls[0], "--quiet", "--rate", "30/s", "--duration", "1s",
                               "--warm-up", "none", "--between", "50ms", *words, timeout=timeout)

    def test_a_slower_target_is_a_regression(self):
        run = self.load("--against", self.urls[1], "--json", self.path("two.json"), "--csv", self.path("two.csv"))
        self.assertIn(run.code, (REGRESSION, CANNOT_JUDGE), run)
        series = self.series("two.json")
        self.assertEqual((series["schema"], series["purpose"]), ("wsdeep.loadtest.series/1", "against"))
        self.assertEqual([one["side"] for one in series["runs"]], [0, 1, 1, 0, 0, 1, 1, 0, 0, 1])
        seeds = [one["result"]["load"]["seed"] for one in series["runs"]]
        self.assertEqual(seeds[0::2], seeds[1::2], "both runs of a block have the same schedule")
        self.assertEqual(len(set(seeds)), 5)
        self.assertEqual({one["result"]["load"]["arrivals"] for one in series["runs"]}, {"poisson-fixed-n"})
        with open(self.path("two.csv"), encoding="utf-8", newline="") as file:
            self.assertEqual(len(file.readlines()), 11)
        if run.code == REGRESSION:
            self.assertTrue(run.out.startswith("REGRESSION"), run)
            self.assertIn(": regression", " ".join(run.out.split()))
        again = self.system.run("loadtest", "compare", self.path("two.json"))
        self.assertEqual(again.code, run.code, again)
        # One figure alone may be judged otherwise than several are, where runs scatter.
        alone = self.system.run("loadtest", "compare", self.path("two.json"), "--metric", "ttft_p50")
        self.assertIn(alone.code, (REGRESSION, CANNOT_JUDGE), alone)
        wholes = [one["result"]["measured"]["whole"] for one in series["runs"]]
        if run.code == REGRESSION and all(whole["good_share"] == 1 for whole in wholes):
            same = self.system.run("loadtest", "compare", self.path("two.json"), "--metric", "error_share")
            self.assertEqual(same.code, 0, same)
            self.assertTrue(same.out.startswith("NO DIFFERENCE"), same)

    def test_workers_load_the_side_that_a_run_is_of(self):
        for start_in in STARTS:
            run = self.load("--against", self.urls[1], "--repeat", "1", "--on", "local", "--workers", "2", "--start-in",
                            start_in, "--json", self.path("workers.json"), timeout=5 * TIMEOUT)
            if run.code != CANNOT_JUDGE:
                self.assertTrue(tells_of_lateness(run.err), run)
                continue
            results = [one["result"] for one in self.series("workers.json")["runs"]]
            if not any(map(was_late, results)):
                break
        wholes = [result["measured"]["whole"] for result in results]
        self.assertEqual([whole["tally"]["good"] for whole in wholes], [30, 30], run)
        self.assertEqual([whole["good_output_tokens"] / 30 for whole in wholes], [5, 7])

    def kept(self, name, side):
        """Six runs of one side that no machine has disturbed."""
        with open(self.path(name), "wb") as file:
            subprocess.run([os.path.join(BIN, "result_tool"), "side", side], stdout=file, check=True)
        return self.path(name)

    def test_saved_runs_of_a_slower_side_are_a_regression(self):
        before, equal, slower = (self.kept(name, side) for name, side in (
            ("before.json", "before"), ("equal.json", "equal"), ("slower.json", "slower")))
        run = self.system.run("loadtest", "compare", before, slower)
        self.assertEqual(run.code, REGRESSION, run)
        self.assertTrue(run.out.startswith("REGRESSION"), run)
        self.assertIn("B's ttft_p50 is 9.7 % higher", " ".join(run.out.split()))
        allowed = self.system.run("loadtest", "compare", before, slower, "--allow", "20%")
        self.assertEqual(allowed.code, 0, allowed)
        faster = self.system.run("loadtest", "compare", slower, before)
        self.assertEqual(faster.code, 0, faster)
        same = self.system.run("loadtest", "compare", before, equal)
        self.assertEqual(same.code, 0, same)
        self.assertTrue(same.out.startswith("NO DIFFERENCE"), same)

    def test_saved_runs_are_compared_as_whole_runs(self):
        for name in ("a.json", "b.json"):
            run = self.load("--json", self.path(name))
            self.assertIn(run.code, (0, CANNOT_JUDGE), run)
        few = self.system.run("loadtest", "compare", self.path("a.json"), self.path("b.json"))
        self.assertEqual(few.code, CANNOT_JUDGE, few)
        self.assertIn("a comparison takes 5 of each", " ".join(few.out.split()))
        same = self.system.run("loadtest", "compare", self.path("a.json"), self.path("a.json"))
        self.assertEqual(same.code, 2, same)
        self.assertIn("comes twice", same.err)

    def test_words_that_make_no_series_are_refused_before_any_run(self):
        for words, cause in ((("--metric", "ttft_p99"), "--metric and --allow are of a comparison"),
                             (("--a-a", "--metric", "beauty"), "'beauty' is nothing that can be compared"),
                             (("--a-a", "--allow", "much"), "--allow: expected a share such as 5%"),
                             (("--a-a", "--same-prompts"), "--same-prompts: the second run"),
                             (("--repeat", "2", "--records", self.path("r.jsonl")), "--records is of a single run"),
                             (("--a-a", "--against", "127.0.0.1:1"), "excludes")):
            run = self.load(*words)
            self.assertEqual(run.code, 2, run)
            self.assertIn(cause, run.err)
        missing = self.system.run("loadtest", "compare", self.path("no.json"), self.path("no.json"))
        self.assertEqual(missing.code, 4, missing)


if __name__ == "__main__":
    unittest.main()
