"""A load test against a simulated node: what the tests of its truth share."""

import json
import math
import os
import subprocess
import sys
import tempfile

from harness import TIMEOUT, WSDEEP
from live_node import Node

TRIES = 3


def simulated_node(test, *settings):
    """A node whose times are known, which lets as many wait as come; settings as those of --sim."""
    flags = [flag for setting in ("prefill=0ms", *settings) for flag in ("--sim", setting)]
    return Node(test, *flags, "--queue", "100000", "--max-wait", "10m")


class Load:
    """A run of `wsdeep loadtest llm`, begun at once; its JSON, its records and its words when it has ended."""

    def __init__(self, node, *options, seconds=5, wrap=(), env=None, preexec=None):
        self.folder = tempfile.TemporaryDirectory(prefix="wsdeep-load-")
        self.json, self.records_file = (os.path.join(self.folder.name, name) for name in ("run.json", "turns.jsonl"))
        words = ["loadtest", "llm", "--url", node.url, "--duration", f"{seconds}s", "--warm-up", "none", "--quiet",
                 "--json", self.json, "--records", self.records_file, *options]
        self.limit = seconds + TIMEOUT
        self.process = subprocess.Popen([*wrap, WSDEEP, *words], env={**os.environ, **(env or {})}, preexec_fn=preexec,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def end(self):
        self.out, self.err = (words.decode() for words in self.process.communicate(timeout=self.limit))
        self.code = self.process.returncode
        self.result, self.records = {}, []
        if os.path.exists(self.json):
            with open(self.json, encoding="utf-8") as file:
                self.result = json.load(file)
        if os.path.exists(self.records_file):
            with open(self.records_file, encoding="utf-8") as file:
                self.records = [json.loads(line) for line in file]
        self.folder.cleanup()
        return self

    @property
    def validity(self):
        return self.result["verdict"]["validity"]

    @property
    def whole(self):
        return self.result["measured"]["whole"]

    @property
    def broken(self):
        return {signal["name"] for signal in self.result["verdict"]["signals"] if signal["broken"]}

    def signal(self, name):
        """The value of a sign as it is told, or None."""
        return next((one["value"] for one in self.result["verdict"]["signals"] if one["name"] == name), None)

    def quantile_ms(self, metric, share):
        said = next(one for one in self.whole["metrics"][metric]["percentiles"] if math.isclose(one["share"], share))
        return said["value_us"] / 1000

    def is_quiet(self):
        """The machine left the tool in peace: it was on time to a millisecond, and never stopped for more than ten."""
        bounds = {"pacing_p99": 1, "wake_lag_p99": 1, "loop_lag_p99": 1, "pacing_max": 10, "stopped": 10}
        lags = [(self.signal(name), bound) for name, bound in bounds.items()]
        return self.validity == "valid" and all(float(lag.split()[0]) <= bound for lag, bound in lags if lag)

    def __repr__(self):
        return f"exit {self.code}\n{self.out}\n{self.err}"


def until_quiet(test, run, holds, promise=lambda load: True):
    """The first run for which `holds`; one in which the machine had other work is repeated. What is wrong in a run that
    nothing disturbed is wrong, and so is what breaks the `promise` of any VALID run. None, and a word about it, when
    the machine disturbed them all: then nothing is shown, but that no run claimed what it could not."""
    for _ in range(TRIES):
        load = run()
        test.assertIn(load.code, (0, 7), load)
        if holds(load):
            return load
        test.assertFalse(load.is_quiet(), load)
        test.assertTrue(load.validity != "valid" or promise(load), load)
    print(f"not shown by {test.id()}: this machine disturbed {TRIES} runs\n{load}", file=sys.stderr)
    return None


def at_rank(values, share):
    """The value at rank ⌈share·n⌉."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]
