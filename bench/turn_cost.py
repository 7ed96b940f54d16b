#!/usr/bin/env python3
"""What one turn of a chat costs: calls to the tables, frames to the client, and the time to the first text.

    cmake --build --preset release && bench/turn_cost.py [--turns 30] [--table-ms 5]

A local system whose handlers reach their tables through a proxy that counts, and that takes as long for each call as a
table in the same region would. WSDEEP_BIN names another build to compare with.
"""

import argparse
import collections
import http.client
import os
import socket
import statistics
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERE = os.path.dirname(os.path.abspath(__file__))
os.environ.setdefault("WSDEEP_BIN", os.path.join(HERE, "..", "build", "release", "bin"))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))

from harness import System, eventually, turn_over  # noqa: E402


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def counting_proxy(port, seconds_a_call):
    """A table service at a port of its own that passes every call on to `port`; its port and its calls, in order."""
    calls = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.upstream = http.client.HTTPConnection("127.0.0.1", port)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            calls.append(self.headers["X-Amz-Target"].split(".")[1])
            time.sleep(seconds_a_call)
            self.upstream.request("POST", self.path, body, dict(self.headers))  # signed for our own Host
            response = self.upstream.getresponse()
            answer = response.read()
            self.send_response(response.status)
            for name, value in response.getheaders():
                if name.lower() not in ("content-length", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1], calls


def one_turn(connection, calls, number):
    """Calls before and after the first text, frames, seconds to the first text."""
    del calls[:]
    started = time.perf_counter()
    connection.send({"action": "message", "data": {"message": f"question {number}", "parameters": {"maxTokens": 20}}})
    connection.receive_until(lambda f: f.get("action") == "llm_response_chunk" or turn_over(f))
    first = time.perf_counter() - started
    before = len(calls)
    frames = 2 + len(connection.receive_until(turn_over))
    eventually(lambda: len(calls) > before)
    time.sleep(0.1)  # what a turn does after its last frame
    return calls[:before], calls[before:], frames, first


def shown(calls):
    return ", ".join(f"{count} {name}" for name, count in sorted(collections.Counter(calls).items()))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--turns", type=int, default=30)
    options.add_argument("--table-ms", type=float, default=5)
    options = options.parse_args()
    port = free_port()
    proxy, calls = counting_proxy(port, options.table_ms / 1000)
    system = System("--sim", "ttft=20ms", "--sim", "inter-token=2ms", "--dynamodb-endpoint", f"http://127.0.0.1:{proxy}")
    try:
        system.up(port=port)
        system.add_user("alice")
        connection = system.connect(system.token("alice"))
        turns = [one_turn(connection, calls, number) for number in range(options.turns + 1)][1:]  # the first one warms up
    finally:
        system.destroy()
    before, after, frames, _ = turns[-1]
    print(f"table calls before the first text   {len(before):>3}   {shown(before)}")
    print(f"table calls from then on            {len(after):>3}   {shown(after)}")
    print(f"frames to the client                {frames:>3}")
    times = [turn[3] * 1000 for turn in turns]
    print(f"time to first text, ms              p50 {statistics.median(times):.1f}, max {max(times):.1f}"
          f"   (model 20, {options.table_ms:g} a table call, {len(turns)} turns)")


if __name__ == "__main__":
    main()
