#!/usr/bin/env python3
"""What a terminal of the lab costs: from a key to its echo, and memory a session.

    cmake --build --preset release && bench/lab_terminal.py [SESSIONS]

A client in Python types at the server as the service would (`POST /api/ws/message`, signed), and takes its pushes; so
there is no API Gateway and no function between, and what is measured is the lab's part and two requests on loopback.
Memory is the proportional set size (PSS) of the server, the keeper and all that runs in sessions.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
os.environ.setdefault("WSDEEP_BIN", os.path.join(HERE, "..", "build", "release", "bin"))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))

from lab_players import Client, Lab, Pool, Pushes, Redis  # noqa: E402

KEYS = 300


def family(pid):
    """The process and all below it."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, check=True).stdout.decode()
    below = {}
    for line in listed.splitlines():
        child, parent = map(int, line.split())
        below.setdefault(parent, []).append(child)
    found = [pid]
    for one in found:
        found += below.get(one, [])
    return found


def pss_kb(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    return total


def echo_times(pushes, client):
    """Milliseconds from before the request to when the push has arrived, one key at a time."""
    client.attach()
    time.sleep(0.5)  # the prompt
    times = []
    for number in range(KEYS):
        seen = len(pushes.of(client.connection))
        begin = time.perf_counter()
        client.type("x")
        while len(pushes.of(client.connection)) == seen:
            time.sleep(0.0001)
        times.append((time.perf_counter() - begin) * 1000)
        time.sleep(0.03)  # a fast typist; within 15 ms of another, output is put together
        if number % 60 == 59:
            client.type("\x15")
            time.sleep(0.2)
    return sorted(times)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        pool, pushes, redis = Pool(folder), Pushes(), Redis(folder).start()
        lab = Lab(pool, redis, pushes, "--sessions", str(count + 1), "--sessions-per-user", str(count + 1))
        token = pool.token("alice")

        def new():
            answer = lab.call("POST", "/api/labs/session", token, {})[1]
            return Client(lab, pushes, answer["sessionId"], "alice")

        try:
            times = echo_times(pushes, new())
            before, begin = pss_kb(family(lab.process.pid)), time.perf_counter()
            clients = [new() for _ in range(count)]
            made = (time.perf_counter() - begin) / count * 1000
            for client in clients:
                client.attach()
            time.sleep(1)
            pids = family(lab.process.pid)
            server = pss_kb([lab.process.pid])
            print(f"key to echo, {KEYS} keys: p50 {statistics.median(times):.1f} ms, "
                  f"p99 {times[int(len(times) * 0.99)]:.1f} ms")
            print(f"a session: {(pss_kb(pids) - before) / count / 1024:.1f} MB with its shell, made in {made:.0f} ms; "
                  f"the server itself with {count + 1} sessions: {server / 1024:.1f} MB")
        finally:
            lab.stop()
            redis.stop()


if __name__ == "__main__":
    main()
