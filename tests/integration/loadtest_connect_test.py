"""`wsdeep loadtest connect` against the local system: sessions that are opened, held, lost at once, and ended by the
gateway's own limits."""

import re
import signal
import time
import unittest

from harness import TIMEOUT, System

VERDICTS = (0, 7)  # a machine that is busy with other tests is told as what it is


class LoadtestConnect(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System("--sim", "ttft=2s", "--sim", "tokens=5", "--sim", "slots=64", "--idle-timeout", "3s")
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        cls.system.add_user("alice")

    def connect(self, *words):
        run = self.system.run("loadtest", "connect", "--quiet", *words)
        self.assertIn(run.code, VERDICTS, run)
        return " ".join(run.out.split())

    def test_opens_holds_and_closes(self):
        said = self.connect("--sessions", "30", "--rate", "100/s", "--hold", "1s")
        self.assertRegex(said, r"attempts 30 the sum")
        self.assertRegex(said, r"opened 30 of 30 at the first attempt")
        self.assertRegex(said, r"full all open \S+ after the first was due; 30 open at most")
        self.assertNotIn("by themselves", said)

    def test_a_storm_loses_all_and_no_turn(self):
        said = self.connect("--sessions", "20", "--rate", "100/s", "--hold", "9s", "--storm", "2s", "--ping-every",
                            "1s", "--ask", "Are you there?")
        storm = re.search(r"storm 1 at \S+: 20 lost, 20 back: .*?; 20 attempts.*?; 20 chats taken up again; of 20 "
                          r"questions under way (\d+) were answered and (\d+) lost", said)
        self.assertTrue(storm, said)
        self.assertEqual(storm.group(2), "0", said)

    def test_the_limit_on_idle_connections_is_told(self):
        said = self.connect("--sessions", "10", "--rate", "100/s", "--hold", "5s", "--idle")
        self.assertRegex(said, r"ended 10 by themselves, \S+ to \S+ into the run, after p50 3\.\d+s.*close 1001: going "
                               r"away")

    def test_what_is_refused_is_told(self):
        """How many the gateway's quota of 500 a second lets through depends on how fast this machine comes to it."""
        said = self.connect("--sessions", "900", "--rate", "900/s", "--arrivals", "constant")
        opened, refused = re.search(r"opened (\d+) of 900 at the first attempt(?:; http 429 (\d+))?", said).groups("0")
        self.assertEqual(int(opened) + int(refused), 900)
        self.assertRegex(said, rf"refused {refused} ")
        self.assertEqual("they never were all open at once" in said, refused != "0", said)

    def test_a_signal_ends_the_holding_and_still_tells(self):
        process = self.system.start("loadtest", "connect", "--sessions", "5", "--rate", "100/s", "--hold", "10m")
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
