"""Tests that wait more than they work, several at a time."""

import concurrent.futures
import unittest

AT_A_TIME = 8


def each_of(suite):
    for test in suite:
        yield from each_of(test) if isinstance(test, unittest.TestSuite) else [test]


class SideBySide(unittest.TestSuite):
    def run(self, result, debug=False):
        with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
            for done in [pool.submit(test.run, result) for test in self]:
                done.result()
        return result


def side_by_side(_loader, tests, _pattern):
    """To be a module's `load_tests`, where no class has a fixture for all of its tests."""
    alone = list(each_of(tests))
    for test in alone:
        assert type(test).setUpClass.__func__ is unittest.TestCase.setUpClass.__func__, test
    return SideBySide(alone)
