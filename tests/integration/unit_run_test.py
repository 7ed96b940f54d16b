"""tests/unit/run.py: what it says of programs that say what GoogleTest says."""

import os
import pathlib
import subprocess
import sys
import unittest

RUN = pathlib.Path(__file__).resolve().parent.parent / "unit" / "run.py"
GOOD = "[ RUN      ] A.Good\nnoise\n[       OK ] A.Good (0 ms)\n"
END = "[==========] 2 tests from 1 test suite ran. (0 ms total)\n"


class UnitRun(unittest.TestCase):
    def said(self, script, *options):
        """Exit status and lines of the output, the program being `script`."""
        done = subprocess.run([sys.executable, RUN, *options, "sh", "-c", script], stdout=subprocess.PIPE, text=True,
                              stdin=subprocess.DEVNULL, timeout=60)
        return done.returncode, done.stdout.splitlines()

    def printed(self, *texts, then="exit 0"):
        return self.said("cat <<'END'\n" + "".join(texts) + "END\n" + then)

    def test_says_nothing_of_what_passed(self):
        self.assertEqual(self.printed("[==========] Running 2 tests from 1 test suite.\n", GOOD, GOOD, END),
                         (0, ["2 tests, 0 failed"]))

    def test_shows_what_a_failing_test_said_and_names_it(self):
        bad = "[ RUN      ] A.Bad\nbad.cpp:1: Failure\nopen line[  FAILED  ] A.Bad, where GetParam() = 1 (0 ms)\n"
        code, lines = self.printed(GOOD, bad, GOOD, END, then="exit 1")
        self.assertEqual(code, 1)
        self.assertEqual(lines, [*bad.splitlines(), "FAILED: A.Bad", "2 tests, 1 failed"])

    def test_names_the_test_in_which_a_program_ended(self):
        for then, how in (("kill -SEGV $$", "signal 11"), ("exit 0", "exit 0")):
            code, lines = self.printed(GOOD, "[ RUN      ] A.Dies\nlast words\n", then=then)
            self.assertEqual((code, lines[:2]), (1, ["[ RUN      ] A.Dies", "last words"]))
            self.assertIn(f"FAILED: A.Dies: the program ended there, by {how}; what comes after it was not run", lines)

    def test_ends_and_names_a_test_that_is_not_over_in_time(self):
        for script in ("exec sleep 600", "while :; do echo more; done"):
            code, lines = self.said(f"echo '[ RUN      ] A.Hangs'; {script}", "--limit", "1")
            self.assertEqual(code, 1)
            self.assertIn("FAILED: A.Hangs: not over after 1 s; what comes after it was not run", lines)

    def test_does_not_wait_for_a_child_that_holds_the_output(self):
        code, lines = self.said(f"sleep 600 & echo $!; printf '%s' '{GOOD}{END}'; exit 1")
        os.kill(int(next(line for line in lines if line.isdigit())), 9)
        self.assertEqual((code, lines[-2:]), (1, ["FAILED: between tests: exit 1", "2 tests, 1 failed"]))

    def test_says_what_is_wrong_beside_the_tests(self):
        code, lines = self.printed("suite.cpp:1: Failure\n", GOOD, END, then="exit 1")
        self.assertEqual((code, lines[0], lines[-2]), (1, "suite.cpp:1: Failure", "FAILED: between tests: exit 1"))
        self.assertNotIn("noise", lines)

    def test_names_what_was_skipped(self):
        self.assertEqual(self.printed("[ RUN      ] A.Not\n[  SKIPPED ] A.Not (0 ms)\n", END),
                         (77, ["skipped: A.Not", "2 tests, 0 failed"]))


if __name__ == "__main__":
    unittest.main()
