"""Tests that wait more than they work, several at a time."""

import concurrent.futures
import itertools
import sys
import threading
import unittest
from unittest.util import strclass

AT_A_TIME = 8


def each_of(suite):
    for test in suite:
        yield from each_of(test) if isinstance(test, unittest.TestSuite) else [test]


class SideBySide(unittest.TestSuite):
    """Each class's fixture is made once, before the first of its tests, and goes after the last."""

    def run(self, result, debug=False):
        classes = [list(tests) for _, tests in itertools.groupby(self, type)]
        with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
            threads = [threading.Thread(target=self.run_class, args=(tests, result, pool)) for tests in classes]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return result

    def run_class(self, tests, result, pool):
        known = type(tests[0])
        made = getattr(known, "__unittest_skip__", False) or self.tried(known.setUpClass, known, result)
        for done in [pool.submit(test.run, result) for test in tests if made]:
            if done.exception():
                result.addError(unittest.suite._ErrorHolder(strclass(known)), self.described(done.exception()))
        if made and not getattr(known, "__unittest_skip__", False):
            self.tried(known.tearDownClass, known, result)
        known.doClassCleanups()
        for error in known.tearDown_exceptions:
            result.addError(unittest.suite._ErrorHolder(f"tearDownClass ({strclass(known)})"), error)

    @staticmethod
    def described(error):
        return type(error), error, error.__traceback__

    @staticmethod
    def tried(fixture, known, result):
        """Whether it did what it is for; what kept it from that is told as unittest does."""
        holder = unittest.suite._ErrorHolder(f"{fixture.__name__} ({strclass(known)})")
        try:
            fixture()
            return True
        except unittest.SkipTest as skipped:
            result.addSkip(holder, str(skipped))
        except Exception:
            result.addError(holder, sys.exc_info())
        return False


def side_by_side(_loader, tests, _pattern):
    """To be a module's `load_tests`: what its tests share must bear that they use it at the same time."""
    return SideBySide(each_of(tests))
