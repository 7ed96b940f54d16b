"""A load test against a simulated node: what the tests of its truth share."""

import contextlib
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading

from harness import TIMEOUT, WSDEEP
from live_node import Node

TRIES = 3
# What workers get to be ready for the common start: at first little, which costs little time, and then plenty, for a
# machine that is busy with other tests.
STARTS = ("6s", "60s")


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
        self.limit = seconds + 3 * TIMEOUT
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


@contextlib.contextmanager
def duty_cycle(pid, share, period=0.1):
    """The process runs for this share of each period, and is stopped for the rest."""
    over = threading.Event()

    def alternate():
        with contextlib.suppress(ProcessLookupError):
            while not over.wait(period * share):
                os.kill(pid, signal.SIGSTOP)
                over.wait(period * (1 - share))
                os.kill(pid, signal.SIGCONT)

    thread = threading.Thread(target=alternate)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def until_quiet(test, run, holds, promise=lambda load: True):
    """The first run for which `holds`; one in which the machine had other work is repeated. What is wrong twice in runs
    that nothing disturbed is wrong (once it may be the node that had to wait for a core, of which the tool knows
    nothing), and so is what breaks the `promise` of VALID runs twice. None, and a word about it, when the machine
    disturbed them all: then nothing is shown, but that no run claimed what it could not."""
    wrong, broken = [], []
    for _ in range(TRIES):
        load = run()
        test.assertIn(load.code, (0, 7), load)
        if holds(load):
            return load
        wrong += [load] if load.is_quiet() else []
        broken += [load] if load.validity == "valid" and not promise(load) else []
        test.assertLess(max(len(wrong), len(broken)), 2, [*wrong, *broken])
    print(f"not shown by {test.id()}: this machine disturbed {TRIES} runs\n{load}", file=sys.stderr)
    return None


def tells_of_lateness(words):
    """A worker was not ready for the common start: the machine had other work."""
    return re.search("after the common start|was not running .* before the start", words) is not None


def was_late(result):
    return any(tells_of_lateness(worker["missing"]) for worker in result["workers"])


def at_rank(values, share):
    """The value at rank ⌈share·n⌉."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]
