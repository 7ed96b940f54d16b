"""Runs one test module: exit 0 when all passed, 1 when one failed, 77 when some had to be skipped (each by name)."""

import signal
import sys
import unittest


class Result(unittest.TextTestResult):
    """Names a test when it has ended, together with its end: others may run beside it."""

    def startTest(self, test):
        unittest.TestResult.startTest(self, test)


if __name__ == "__main__":
    # Behind `&` in a script it is ignored, and by all that is started here too: tests send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    suite = unittest.defaultTestLoader.loadTestsFromName(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=2, resultclass=Result).run(suite)
    for test, reason in result.skipped:
        print(f"skipped: {test}: {reason}", file=sys.stderr)
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
