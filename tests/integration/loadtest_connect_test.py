"""`wsdeep loadtest connect` against the local system: sessions that are opened, held, lost at once, and ended by the
gateway's own limits."""

import re
import signal
import time
import unittest

from harness import TIMEOUT, System

TRIES = 3
VERDICTS = (0, 7)  # a machine that is busy with other tests is told as what it is


class LoadtestConnect(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System("--sim", "ttft=2s", "--sim", "tokens=5", "--sim", "slots=64", "--idle-timeout", "3s")
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        cls.system.add_user("alice")

    def connect(self, *words):
        run = self.system.run("loadtest", "connect", "--quiet", *words, timeout=3 * TIMEOUT)
        self.assertIn(run.code, VERDICTS, run)
        return " ".join(run.out.split())

    def connect_until(self, wanted, *words):
        """What is said when this is in it. The gateway is another process of a machine that may be busy: when it takes
        seconds for what it does in milliseconds, a run of seconds shows less."""
        for _ in range(TRIES):
            said = self.connect(*words)
            if found := re.search(wanted, said):
                return said, found
        self.fail(f"{TRIES} times not {wanted}: {said}")

    def test_opens_holds_and_closes(self):
        said, _ = self.connect_until(r"full all open \S+ after the first was due; 30 open at most", "--sessions", "30",
                                     "--rate", "100/s", "--hold", "1s", "--ping-every", "500ms")
        self.assertRegex(said, r"attempts 30 the sum")
        self.assertRegex(said, r"opened 30 of 30 at the first attempt")
        self.assertNotIn("by themselves", said)

    def test_a_storm_loses_all_and_no_turn(self):
        said, storm = self.connect_until(
            r"storm 1 at \S+: 20 lost, 20 back: .*?; (\d+) attempts.*?; 20 chats taken up again; of 20 questions under way "
            r"(\d+) were answered and (\d+) lost", "--sessions", "20", "--rate", "100/s", "--hold", "9s", "--storm", "4s",
            "--ping-every", "500ms", "--ask", "Are you there?")
        self.assertGreaterEqual(int(storm.group(1)), 20, said)
        self.assertEqual(storm.group(3), "0", said)

    def test_the_limit_on_idle_connections_is_told(self):
        _, ended = self.connect_until(r"ended 10 by themselves, \S+ to \S+ into the run, after p50 (\d+\.?\d*)s.*close 1001: "
                                      r"going away", "--sessions", "10", "--rate", "100/s", "--hold", "6s", "--idle")
        self.assertGreaterEqual(float(ended.group(1)), 3)

    def test_what_is_refused_is_told(self):
        """How many the gateway's quota of 500 a second lets through depends on how fast this machine comes to it."""
        said = self.connect("--sessions", "700", "--rate", "700/s", "--arrivals", "constant")
        opened, failures = re.search(r"opened (\d+) of 700 at the first attempt(?:; (.*?))? full ", said).groups("")
        counts = {why: int(count) for why, count in re.findall(r"(\S.*?) (\d+)(?:, |$)", failures)}
        self.assertEqual(int(opened) + sum(counts.values()), 700, said)
        self.assertRegex(said, rf"refused {counts.get('http 429', 0)} ")
        if int(opened) < 700:
            self.assertIn("they never were all open at once", said)

    def test_a_signal_ends_the_holding_and_still_tells(self):
        process = self.system.start("loadtest", "connect", "--sessions", "5", "--rate", "100/s", "--hold", "10m",
                                    "--ping-every", "500ms")
        deadline = time.monotonic() + TIMEOUT
        while self.open_connections() < 5 and time.monotonic() < deadline:
            pass
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=TIMEOUT)
        self.assertEqual(process.returncode, 130, err)
        self.assertRegex(out.decode(), r"opened +5 of 5 at the first attempt")

    def open_connections(self):
        return self.system.status().get("connections", 0)


if __name__ == "__main__":
    unittest.main()
