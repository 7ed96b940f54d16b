"""Every row of cli/chat/DELIVERY.md names tests that are there."""

import glob
import os
import re
import unittest

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")


class DeliveryPage(unittest.TestCase):
    def test_names_tests_that_are_there(self):
        with open(os.path.join(ROOT, "cli", "chat", "DELIVERY.md"), encoding="utf-8") as page:
            rows = [line for line in page if line.startswith("| ") and not line.startswith("| who")]
        there = set()
        for path in glob.glob(os.path.join(ROOT, "tests", "unit", "**", "*_test.cpp"), recursive=True):
            with open(path, encoding="utf-8") as file:
                there |= {f"{suite}.{name}" for suite, name in re.findall(r"TEST(?:_F)?\((\w+),\s*(\w+)\)", file.read())}
        self.assertGreater(len(rows), 20)
        for row in rows:
            named = re.findall(r"`([A-Z]\w+\.[A-Z]\w+)`", row.rsplit("|", 2)[1])
            self.assertTrue(named, f"no test: {row}")
            self.assertEqual([name for name in named if name not in there], [], row)


if __name__ == "__main__":
    unittest.main()
