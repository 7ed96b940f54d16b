"""`wsdeep loadtest llm --find-limit` and `--sweep` at a real node whose limit follows from its slots."""

import csv
import json
import os
import signal
import sys
import tempfile
import unittest

from harness import System
from loadtest_run import duty_cycle

# Four slots, 20 tokens of 5 ms after 50 ms: 150 ms a turn, 26.7 turns a second.
SLOTS, CAPACITY = 4, 4 / 0.150
SIM = ("ttft=50ms", "inter-token=5ms", "tokens=20", "jitter=0", f"slots={SLOTS}", "queue=500")
LEVEL = "ttft_p90<300ms"
# A machine that is busy with other tests: a point may be INVALID, and with it what was found.
VERDICTS = (0, 6, 7)


class LoadtestLimit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System()
        cls.addClassCleanup(cls.system.destroy)
        words = [word for setting in SIM for word in ("--sim", setting)]
        cls.node = cls.system.start("llm", "serve", "--engine", "sim", "--listen", "127.0.0.1:0", "--node-id", "n1", *words)
        cls.addClassCleanup(cls.node.communicate)
        cls.addClassCleanup(cls.node.terminate)
        cls.url = cls.node.stdout.readline().decode().strip()

    def search(self, *words):
        with tempfile.TemporaryDirectory() as folder:
            path, table = os.path.join(folder, "limit.json"), os.path.join(folder, "limit.csv")
            run = self.system.run("loadtest", "llm", "--url", self.url, "--nodes", self.url, "--drain", "5s", "--json", path,
                                  "--csv", table, *words, timeout=150)
            self.assertTrue(os.path.exists(path), run)
            with open(path, encoding="utf-8") as file, open(table, encoding="utf-8", newline="") as rows:
                return run, json.load(file), list(csv.DictReader(rows))

    def test_the_limit_lies_below_what_the_slots_can_answer(self):
        run, found, rows = self.search("--find-limit", "--find-limit-for", "30s", "--duration", "3s", "--rate", "12/s",
                                       "--slo", LEVEL)
        self.assertIn(run.code, VERDICTS, run)
        self.assertEqual(found["schema"], "wsdeep.loadtest.limit/1")
        self.assertEqual(found["levels"], [LEVEL, "error_share<5%"])
        self.assertLessEqual(found["took_us"], 90e6, "its budget, and what a run takes to end")
        self.assertIn("looking for the limit: at most 30", run.err)
        points = found["points"]
        self.assertTrue(points, run)
        for point in points:
            for one in point["runs"]:
                self.assertEqual(len(one["load"]["stages"]), 11, "each run is cut into blocks")
        self.assertEqual(len(rows), sum(max(1, len(point["levels"])) for point in points))
        self.assertEqual("the limit lies between" in " ".join(run.out.split()), None not in (found["passes"], found["fails"]))
        if found["passes"] is not None:
            self.assertLess(found["passes"], 1.1 * CAPACITY)
        if found["fails"] is None and found["passes"] is None:
            self.assertEqual(run.code, 7, run)
            self.assertIn("no load could be decided", " ".join(run.out.split()))
        whole = (found["fails"] or 0) > 0.6 * CAPACITY and any("slots of n1" in near["what"] for near in found["near_limit"])
        if not whole:
            self.assertTrue(self.was_disturbed(found), run)
            print("not shown: this machine was too busy to send what the node cannot answer", file=sys.stderr)

    @staticmethod
    def was_disturbed(found):
        """The machine had other work: some run was late by more than the millisecond that one core needs."""
        signs = [sign for point in found["points"] for one in point["runs"] for sign in one["verdict"]["signals"]]
        lags = [sign["value"].split() for sign in signs if sign["name"] in ("pacing_p99", "wake_lag_p99", "loop_lag_p99")]
        return any(sign["broken"] for sign in signs) or any(float(lag[0]) > 1 for lag in lags)

    def test_a_tool_that_is_the_limit_itself_tells_nothing_of_the_target(self):
        """It stands still for longer than a run may, in every run."""
        with tempfile.TemporaryDirectory() as folder:
            path, page = os.path.join(folder, "limit.json"), os.path.join(folder, "limit.html")
            search = self.system.start("loadtest", "llm", "--url", self.url, "--drain", "5s", "--json", path, "--html", page,
                                       "--find-limit", "--find-limit-for", "10m", "--duration", "1s", "--rate", "96/s",
                                       "--slo", LEVEL)
            with duty_cycle(search.pid, 0.3, 0.7):
                out, err = (words.decode() for words in search.communicate(timeout=150))
            self.assertEqual(search.returncode, 7, f"{out}\n{err}")
            with open(path, encoding="utf-8") as file:
                found = json.load(file)
            with open(page, encoding="utf-8") as file:
                html = file.read()
        self.assertEqual([(point["load"], point["judged"]) for point in found["points"]],
                         [(load, "invalid") for load in (96, 48, 24, 12)], "a lower one would be no remedy")
        self.assertEqual((found["ended_by"], found["passes"], found["fails"]), ("tool_limit", None, None))
        self.assertTrue(out.startswith("INVALID  llm load test of"), out)
        for told in (" ".join(out.split()), html):
            self.assertIn("no load could be decided: this machine, not the target, was the limit", told)
        self.assertIn("one that does nothing else", " ".join(out.split()))

    def test_a_sweep_tries_each_load_for_as_long(self):
        run, found, rows = self.search("--sweep", "4/s,40/s", "--duration", "3s", "--slo", LEVEL)
        self.assertIn(run.code, VERDICTS, run)
        self.assertEqual([point["load"] for point in found["points"]], [4, 40])
        self.assertEqual(found["ended_by"], "swept")
        self.assertIn("SWEEP  llm load test of", run.out)
        self.assertIn("40/s", run.out)
        self.assertNotEqual(found["points"][1]["judged"], "passed", "twice of what the slots can answer")
        self.assertEqual([row["load"] for row in rows if row["level"] in (LEVEL, "")][:2], ["4", "40"])

    def test_a_load_with_hardly_a_turn_keeps_none_of_the_others_from_being_tried(self):
        run, found, _ = self.search("--sweep", "0.001/s,20/s", "--duration", "1s", "--seed", "3", "--slo", LEVEL)
        self.assertIn(run.code, VERDICTS, run)
        self.assertEqual([point["load"] for point in found["points"]], [0.001, 20])
        self.assertEqual(found["ended_by"], "swept")
        self.assertIn("the load has no arrival", found["points"][0]["why"])

    def test_users_are_searched_with_concurrency(self):
        run, found, _ = self.search("--sweep", "1,2", "--concurrency", "1", "--duration", "2s", "--slo", LEVEL)
        self.assertIn(run.code, VERDICTS, run)
        self.assertEqual((found["axis"], [point["load"] for point in found["points"]]), ("users", [1, 2]))
        self.assertEqual([point["runs"][0]["load"]["concurrency"] for point in found["points"]], [1, 2])

    def test_what_is_known_when_a_signal_comes_is_the_answer(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "limit.json")
            search = self.system.start("loadtest", "llm", "--url", self.url, "--drain", "5s", "--sweep", ",".join(["4/s"] * 8),
                                       "--duration", "2s", "--json", path)
            said = b""
            while b"4/s: " not in said:  # the first point is judged
                line = search.stderr.readline()
                self.assertTrue(line, said)
                said += line
            search.send_signal(signal.SIGINT)
            out, _ = search.communicate(timeout=60)
            self.assertEqual(search.returncode, 130, said)
            self.assertIn(b"ended early: interrupted", out)
            with open(path, encoding="utf-8") as file:
                found = json.load(file)
            self.assertEqual(found["ended_by"], "interrupt")
            self.assertIn(len(found["points"]), range(1, 8), "what it had begun, and no more")

    def test_what_a_search_cannot_decide_is_refused_before_any_load(self):
        for words, cause in ((("--find-limit",), "--find-limit needs a level"),
                             (("--find-limit", "--slo", "goodput>5/s"), "a rate grows with the load"),
                             (("--find-limit", "--slo", "each node: ttft_p95<1s"), "a part of a run"),
                             (("--find-limit", "--slo", LEVEL, "--find-limit-for", "2h"), "not within --max-duration"),
                             (("--sweep", "1/s,5000/s"), "above the cap"),
                             (("--sweep", "1/s", "--records", "r.jsonl"), "exclude each other")):
            with self.subTest(words=words):
                run = self.system.run("loadtest", "llm", "--url", self.url, *words)
                self.assertEqual(run.code, 2, run)
                self.assertIn(cause, run.err)


if __name__ == "__main__":
    unittest.main()
