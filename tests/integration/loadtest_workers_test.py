"""`wsdeep loadtest llm --on local --workers 8` at one node: the workers send one schedule together and their shares are
merged; one that is killed, or late, is named and makes the run INVALID; Ctrl-C ends all of them, and what they measured
is kept."""

import json
import os
import signal
import tempfile
import time
import unittest

from harness import TIMEOUT, System, eventually
from loadtest_run import STARTS, tells_of_lateness, was_late
from side_by_side import side_by_side

VERDICTS = (0, 7)  # a machine that is busy with other tests is told as what it is
WORKERS = 8
LONG = 5 * TIMEOUT


def worker_of(leader, number):
    """The process that is this worker of the leader's: by its environment."""
    wanted = f"WSDEEP_LOADTEST_WORKER={number}/{WORKERS}".encode()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
            with open(f"/proc/{pid}/environ", "rb") as file:
                if parent == leader.pid and wanted in file.read().split(b"\0"):
                    return int(pid)
        except OSError:
            continue  # it has ended meanwhile
    return None


class LoadtestWorkers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System()
        cls.addClassCleanup(cls.system.destroy)
        cls.node = cls.system.start("llm", "serve", "--listen", "127.0.0.1:0", "--node-id", "n1", "--sim", "ttft=20ms",
                                    "--sim", "inter-token=2ms", "--sim", "tokens=10", "--sim", "slots=64")
        cls.addClassCleanup(cls.node.communicate)
        cls.addClassCleanup(cls.node.terminate)
        cls.url = cls.node.stdout.readline().decode().strip()

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="wsdeep-workers-"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def words(self, start_in, *more):
        return ("loadtest", "llm", "--url", self.url, "--on", "local", "--workers", str(WORKERS), "--start-in", start_in,
                "--warm-up", "none", "--json", self.path("json"), "--records", self.path("jsonl"), *more)

    def begin(self, start_in, *more):
        process = self.system.start(*self.words(start_in, *more))
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def leader(self, wanted, at_first=lambda leader: None, too_late=None):
        """A run whose workers get to be `wanted`, and what `at_first` gave. One that is late ends the run; or it was this
        test that was, and they get to be `too_late`: then there is another."""
        for start_in in 2 * STARTS:
            leader, said = self.begin(start_in, "--rate", "40/s", "--duration", "10m"), []
            found = at_first(leader)
            for line in leader.stderr:
                said.append(line.decode())
                if wanted in said[-1]:
                    return leader, found
                if too_late and too_late in said[-1]:
                    break
            for end in (signal.SIGINT, signal.SIGINT):
                leader.send_signal(end)
            if found and worker_of(leader, 5) == found:
                os.kill(found, signal.SIGCONT)
            leader.communicate(timeout=LONG)
        self.fail(f"never {wanted}: {said}")

    def worker(self, leader, number):
        return eventually(lambda: worker_of(leader, number), TIMEOUT)

    def left(self):
        with open(self.path("json"), encoding="utf-8") as file:
            result = json.load(file)
        with open(self.path("jsonl"), encoding="utf-8") as file:
            return result, [json.loads(line) for line in file]

    def ended(self, process):
        out, err = process.communicate(timeout=LONG)
        return process.returncode, out.decode(), err.decode()

    def test_a_search_tells_its_workers_what_each_point_measures(self):
        for start_in in STARTS:
            run = self.system.run("loadtest", "llm", "--url", self.url, "--on", "local", "--workers", "2", "--start-in",
                                  start_in, "--sweep", "10/s,20/s", "--duration", "2s", "--slo", "ttft_p90<1s", "--json",
                                  self.path("json"), timeout=LONG)
            if run.code not in (*VERDICTS, 6):
                self.assertTrue(tells_of_lateness(run.err), run)
                continue
            with open(self.path("json"), encoding="utf-8") as file:
                found = json.load(file)
            if not any(was_late(one) for point in found["points"] for one in point["runs"]):
                break
        self.assertEqual([point["load"] for point in found["points"]], [10, 20], run)
        for point in found["points"]:
            for one in point["runs"]:
                self.assertEqual([worker["missing"] for worker in one["workers"]], ["", ""], run)

    def test_eight_workers_send_one_schedule(self):
        for start_in in STARTS:
            run = self.system.run(*self.words(start_in, "--rate", "40/s", "--duration", "3s", "--seed", "7", "--turns", "2"),
                                  timeout=LONG)
            if run.code not in VERDICTS:
                self.assertTrue(tells_of_lateness(run.err), run)
                continue
            result, records = self.left()
            if not was_late(result):
                break
        alone = self.path("alone")
        one = self.system.run("loadtest", "llm", "--url", self.url, "--rate", "40/s", "--duration", "3s", "--seed", "7",
                              "--turns", "2", "--records", alone, "--warm-up", "none")
        self.assertIn(one.code, VERDICTS, one)
        with open(alone, encoding="utf-8") as file:
            expected = [json.loads(line) for line in file]
        self.assertEqual(sorted(turn["index"] for turn in records), sorted(turn["index"] for turn in expected))
        self.assertEqual(result["pacing"]["planned"], len(expected))
        self.assertEqual([worker["missing"] for worker in result["workers"]], [""] * WORKERS)
        self.assertEqual(sum(worker["planned"] for worker in result["workers"]), len(expected))
        self.assertEqual(result["measured"]["whole"]["tally"]["attempts"], len(expected))
        # Their instants on the common schedule are those of the one machine.
        schedule = {turn["index"]: turn["intended_at_us"] for turn in expected}
        zero = min(schedule.values())
        begin = min(turn["intended_at_us"] for turn in records)
        for turn in records:
            self.assertAlmostEqual(turn["intended_at_us"] - begin, schedule[turn["index"]] - zero, delta=1)
        # No two workers have asked the same.
        self.assertEqual(len({(turn["conversation"], turn["turn"]) for turn in records}), len(records))
        self.assertRegex(run.err, r"8 workers: .*\d running")

    def test_a_worker_that_is_killed_is_named(self):
        leader, pid = self.leader("8 workers: 8 running", lambda leader: self.worker(leader, 3))
        time.sleep(1)  # some turns: how many does not matter
        os.kill(pid, signal.SIGKILL)
        code, out, err = self.ended(leader)
        self.assertEqual(code, 7, err)
        result, _ = self.left()
        self.assertEqual(result["ended_by"], "worker_lost")
        self.assertEqual(result["workers"][3]["missing"], "it was killed by signal 9 (Killed)")
        self.assertIn("INVALID: worker 3 is missing: it was killed by signal 9 (Killed)", " ".join(out.split()))
        self.assertGreater(result["measured"]["whole"]["tally"]["attempts"], 0)

    def test_a_worker_that_is_late_sends_nothing(self):
        def stopped(leader):
            pid = self.worker(leader, 5)
            os.kill(pid, signal.SIGSTOP)
            self.addCleanup(lambda: worker_of(leader, 5) and os.kill(pid, signal.SIGCONT))
            return pid

        leader, pid = self.leader("1 starting, 7 running", stopped, too_late="1 waiting, 7 running")
        os.kill(pid, signal.SIGCONT)
        code, out, err = self.ended(leader)
        self.assertEqual(code, 7, err)
        result, _ = self.left()
        self.assertRegex(result["workers"][5]["missing"], "it was ready .* after the common start")
        self.assertIn("worker 5: ", err)

    def test_ctrl_c_ends_all_and_keeps_what_was_measured(self):
        leader, _ = self.leader("8 workers: 8 running")
        time.sleep(1)  # some turns: how many does not matter
        leader.send_signal(signal.SIGINT)
        code, out, err = self.ended(leader)
        self.assertEqual(code, 130, err)
        result, records = self.left()
        self.assertEqual(result["ended_by"], "interrupt")
        self.assertEqual([worker["missing"] for worker in result["workers"]], [""] * WORKERS)
        self.assertEqual(len(records), result["pacing"]["begun"])

    def test_too_few_for_all_are_refused(self):
        run = self.system.run(*self.words("15s", "--concurrency", "5", "--duration", "1s"))
        self.assertEqual(run.code, 2, run)
        self.assertIn("--workers 8: there are 5 users only", run.err)


load_tests = side_by_side

if __name__ == "__main__":
    unittest.main()
