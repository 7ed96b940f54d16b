#!/usr/bin/env python3
"""Runs a program of unit tests whole, or the part of it that GTEST_TOTAL_SHARDS and GTEST_SHARD_INDEX name, and shows of its
output what belongs to tests that failed; at the end it names each of them in a line.

    run.py [--limit SECONDS] PROGRAM [options of GoogleTest …]

A test in which the program died, ended early or was still after the limit has failed too. Exit 0: all passed. 1: one failed.
77: one was skipped (by name).
"""
import argparse
import collections
import os
import re
import selectors
import subprocess
import sys
import time

MARK = re.compile(r"\[( RUN      |       OK |  FAILED  |  SKIPPED )\] (\S+)")
START_S = 60  # from the program to its first test, beside whatever else runs
MOST_LINES = 5000  # of a test, the last of them
COUNT = re.compile(r"\[==========\] (\d+) tests? from .* ran\.")


class Reader:
    """What the program has said so far, by test."""

    def __init__(self):
        self.rest, self.running, self.begun = b"", None, time.monotonic() + START_S
        self.said, self.between = (collections.deque(maxlen=MOST_LINES) for _ in range(2))
        self.failed, self.skipped, self.count = [], [], None

    def take(self, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.take_line(line.decode(errors="replace"))

    def take_line(self, line):
        mark = MARK.search(line)  # a test may have left its own line open
        counted = COUNT.search(line)
        (self.said if self.running else self.between).append(line)
        if mark and mark.group(1) == " RUN      ":
            self.running, self.begun = mark.group(2), time.monotonic()
            self.said.append(line)
        elif mark and self.running:
            if mark.group(1) == "  FAILED  ":
                self.fail()
            elif mark.group(1) == "  SKIPPED ":
                self.skipped.append(self.running)
            self.running = None
            self.said.clear()
        elif counted:
            self.count = int(counted.group(1))

    def fail(self, why=""):
        lines = self.said if self.running else self.between
        print("\n".join([*lines, self.rest.decode(errors="replace")]).rstrip(), flush=True)
        self.failed.append((self.running or "between tests") + why)


def follow(process, reader, limit):
    """Until the program has ended, whoever else holds its output; None when a test took longer than the limit."""
    with selectors.DefaultSelector() as selector:
        ended = os.pidfd_open(process.pid)
        os.set_blocking(process.stdout.fileno(), False)
        selector.register(ended, selectors.EVENT_READ)
        selector.register(process.stdout, selectors.EVENT_READ)
        try:
            while True:
                left = reader.begun + limit - time.monotonic()
                ready = selector.select(max(0.0, left))
                if left <= 0 or not ready:
                    return None
                over = any(key.fileobj == ended for key, _ in ready)
                while data := process.stdout.read(1 << 16):
                    reader.take(data)
                if over:
                    return process.wait()
                if data == b"":
                    selector.unregister(process.stdout)
        finally:
            os.close(ended)


def run(command, limit):
    reader = Reader()
    plain = {**os.environ, "GTEST_COLOR": "no", "GTEST_BRIEF": "0"}
    with subprocess.Popen(command, bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=plain) as process:
        try:
            code = follow(process, reader, limit)
        finally:
            process.kill()
    if code is None:
        reader.fail(f": not over after {limit:g} s; what comes after it was not run")
    elif reader.count is None:
        how = f"signal {-code}" if code < 0 else f"exit {code}"
        reader.fail(f": the program ended there, by {how}; what comes after it was not run")
    elif code != 0 and not reader.failed:
        reader.fail(f": exit {code}")
    return reader


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=float, default=300, metavar="SECONDS", help="for each test")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="PROGRAM …")
    options = parser.parse_args()
    reader = run(options.command, options.limit)
    for name in reader.skipped:
        print(f"skipped: {name}")
    for name in reader.failed:
        print(f"FAILED: {name}")
    print(f"{reader.count or 0} tests, {len(reader.failed)} failed")
    return 1 if reader.failed else 77 if reader.skipped else 0


if __name__ == "__main__":
    sys.exit(main())
