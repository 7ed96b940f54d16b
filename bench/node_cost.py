#!/usr/bin/env python3
"""What a node costs: tokens for each second of CPU time, beside a bare grpc++ server and a node in Python; latency that
it adds to a token; memory for each open stream.

    cmake --build --preset release --target wsdeep node_cost && bench/node_cost.py [--streams 200] [--seconds 4]

CPU time is that of the node's process alone (all its threads, from /proc), so that a busy machine changes little; the
engine before it, and the clients, are other processes. The peers: python3-grpcio, python3-grpc-tools.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get("WSDEEP_BIN", os.path.join(HERE, "..", "build", "release", "bin"))
NODE_COST = os.path.join(BIN, "node_cost")
PYTHON = os.environ.get("WSDEEP_BENCH_PYTHON", "/usr/bin/python3")


class Process:
    """A server that prints its URL."""

    def __init__(self, *words):
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise SystemExit(f"bench: {words[0]} did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def cpu_seconds(self):
        """CPU time of all its threads, also of those that have ended, in hundredths of a second."""
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_kb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def engine(tokens, interval_us, *more):
    return Process(NODE_COST, "engine", str(tokens), str(interval_us), *more)


def node_before(url, slots):
    node = Process(os.path.join(BIN, "wsdeep"), "llm", "serve", "--engine", "openai", "--engine-url", url, "--slots",
                   str(slots), "--listen", "127.0.0.1:0")
    for _ in range(200):
        asked = subprocess.run([os.path.join(BIN, "wsdeep"), "llm", "health", "--url", node.url], capture_output=True,
                               check=False)
        if asked.returncode == 0:
            return node
        time.sleep(0.05)
    raise SystemExit("bench: the node does not find its engine")


def load(server, streams):
    """Tokens for each CPU second, and the lateness of tokens."""
    before = server.cpu_seconds()
    out = subprocess.run([NODE_COST, "load", server.url, str(streams)], stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(out.stdout)
    if result["failed"]:
        raise SystemExit(f"bench: {result['failed']} streams failed")
    result["rate"] = result["tokens"] / max(server.cpu_seconds() - before, 0.01)
    return result


def best(measure, rounds):
    """The cheapest of some rounds: what disturbs makes all of them dearer, and none cheaper."""
    return max((measure() for _ in range(rounds)), key=lambda result: result["rate"])


def compare(what, tokens, interval_us, streams, rounds, row):
    def ours():
        with engine(tokens, interval_us) as source, node_before(source.url, streams) as node:
            load(node, min(streams, 8))  # connections and code are warm
            return load(node, streams)

    def bare():
        with Process(NODE_COST, "bare", str(tokens), str(interval_us)) as server:
            load(server, min(streams, 8))
            return load(server, streams)

    def python():
        with engine(max(tokens // 4, 10), interval_us * 4) as source:
            with Process(PYTHON, os.path.join(HERE, "node_cost_python.py"), source.url, str(streams)) as node:
                return load(node, streams)

    node, peer = best(ours, rounds), best(bare, rounds)
    row(f"node, {what}: tokens a CPU second", f"{node['rate']:,.0f}", "")
    row("  a bare grpc++ server", f"{peer['rate']:,.0f} (node: {node['rate'] / peer['rate']:.2f} of it)", "≥ 0.5")
    if subprocess.run([PYTHON, "-c", "import grpc_tools"], capture_output=True, check=False).returncode == 0:
        slow = best(python, 1)
        row("  a node in Python (grpcio)", f"{slow['rate']:,.0f} (node: {node['rate'] / slow['rate']:.1f}×)", "≥ 20×")
    else:
        print("bench: python3-grpcio and python3-grpc-tools are not installed: no node in Python", file=sys.stderr)
    return node, peer


def memory(streams, row):
    with engine(1, 1000, "open") as source, node_before(source.url, streams) as node:
        with Process(NODE_COST, "open", node.url, "20"):
            before = node.memory_kb()
        with Process(NODE_COST, "open", node.url, str(streams)):
            after, threads = node.memory_kb(), len(os.listdir(f"/proc/{node.process.pid}/task"))
        row(f"node, {streams:,} streams open: memory for each", f"{(after - before) / streams:.1f} KB ({threads} threads)", "")


def measure(row, streams=200, seconds=4.0, rounds=2):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    interval_us = 20_000
    node, peer = compare(f"{streams} streams of 50 tokens a second", int(seconds * 1e6 / interval_us), interval_us,
                         streams, rounds, row)
    row("  latency that it adds to a token", f"p50 {(node['p50_us'] - peer['p50_us']) / 1000:.2f} ms, p99 "
        f"{(node['p99_us'] - peer['p99_us']) / 1000:.2f} ms", "")
    compare("32 streams as fast as they go", 4000, 0, 32, rounds, row)
    memory(2000, row)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    measure(lambda what, value, aim: print(f"{what:<58} {value:>36}   {aim}", flush=True), options.streams,
            options.seconds, options.rounds)


if __name__ == "__main__":
    main()
