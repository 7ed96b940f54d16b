"""HdrHistogram logs: ours as its Java and JavaScript libraries read them, and theirs as we read them. Java's is Debian's
libhdrhistogram-java, the other comes from npm: `cli/prepare ci` installs both."""

import json
import os
import random
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "hdr_readers")
TOOL = os.path.join(os.environ.get("WSDEEP_BIN", os.path.join(HERE, "..", "..", "build", "release", "bin")), "hdr_tool")
JAR = "/usr/share/java/hdrhistogram.jar"
NODE = shutil.which("node") and os.path.isdir(os.path.join(FOLDER, "node_modules", "hdr-histogram-js"))
JAVA = shutil.which("javac") and os.path.exists(JAR)
BRIEFLY = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # as programs run that end at once


def distributions():
    """Times in µs; none is 0, which both libraries leave out of their least value."""
    dice = random.Random(7)
    return {
        "constant": [18_000] * 1000,
        "one": [1],
        "first_bucket": list(range(1, 2048)),
        "edges": [2047, 2048, 2049, 4095, 4096, 4097, 65_535, 65_536],
        "uniform": [dice.randint(1, 1_000_000) for _ in range(5000)],
        "lognormal": [max(1, int(dice.lognormvariate(11, 1))) for _ in range(20_000)],
        "two_peaks": [max(1, int(dice.gauss(20_000 if i % 50 else 400_000, 900))) for i in range(10_000)],
        "hours": [dice.randint(3_600_000_000, 86_000_000_000) for _ in range(100)],
    }


def run(words, text):
    result = subprocess.run(words, input=text, capture_output=True, text=True, timeout=120)
    if result.returncode != 0:
        raise AssertionError(f"{words}: {result.stderr}")
    return result.stdout


def ours(mode, text):
    return run([TOOL, mode], text)


def javascript(mode, text):
    return run(["node", os.path.join(FOLDER, "hdr.mjs"), mode], text)


class HdrReaders(unittest.TestCase):
    maxDiff = None

    def assert_read_alike(self, log, reader):
        """Counts and percentiles to the last digit; the mean, a sum of floating-point numbers, to twelve."""
        expected, got = json.loads(ours("read", log)), json.loads(reader("read", log))
        self.assertEqual(set(expected), set(distributions()))
        for figures in (*expected.values(), *got.values()):
            figures["mean"] = float(f"{figures['mean']:.12g}")
        self.assertEqual(expected, got)

    def judge(self, peer):
        values = json.dumps(distributions())
        with self.subTest("it reads our log"):
            self.assert_read_alike(ours("write", values), peer)
        with self.subTest("we read its log"):
            self.assert_read_alike(peer("write", values), peer)

    @unittest.skipUnless(JAVA, "libhdrhistogram-java or javac is not installed (cli/prepare ci)")
    def test_java_has_the_same_figures(self):
        with tempfile.TemporaryDirectory(prefix="wsdeep-hdr-") as classes:
            run(["javac", *("-J" + flag for flag in BRIEFLY), "-cp", JAR, "-d", classes, os.path.join(FOLDER, "Hdr.java")], "")

            def java(mode, text):
                if mode == "write":
                    text = "".join(" ".join(map(str, [tag, *values])) + "\n" for tag, values in json.loads(text).items())
                return run(["java", *BRIEFLY, "-cp", f"{JAR}:{classes}", "Hdr", mode], text)

            self.judge(java)

    @unittest.skipUnless(NODE, "hdr-histogram-js is not installed (cli/prepare tests, where npm is)")
    def test_javascript_has_the_same_figures(self):
        self.judge(javascript)

    def test_figures_are_those_of_the_values(self):
        """Against the sorted values, to the thousandth that three digits leave."""
        got = json.loads(ours("read", ours("write", json.dumps(distributions()))))
        for tag, values in distributions().items():
            values.sort()
            for name, share in (("p50", 500), ("p90", 900), ("p99", 990), ("p99.9", 999)):
                exact = values[-(-share * len(values) // 1000) - 1]
                self.assertLessEqual(exact, got[tag][name], (tag, name))
                self.assertLessEqual(got[tag][name], exact * 1.001, (tag, name))


if __name__ == "__main__":
    unittest.main()
