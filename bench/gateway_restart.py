#!/usr/bin/env python3
"""A restart of the gateway under many connected clients: how fast do they come back, and does every chat go on?

    cmake --build --preset release && bench/gateway_restart.py --clients 1000 --down 2

Starts the local system, connects that many turn machines (one process, one thread) and lets each ask a question. Then
the whole system is stopped, kept down for some seconds and started again on the same port. Each client comes back by
itself and asks what it had said. Prints what was seen: the most attempts to connect within any second (API Gateway takes
500), how long it took until all were back, how many chats remembered, and the client's memory for each machine. Exits
with 1 when a chat was lost, or when more than `--most` attempts fell into one second.
"""
import argparse
import json
import os
import subprocess
import sys
import time
from urllib.parse import urlsplit

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.setdefault("WSDEEP_BIN", os.path.join(HERE, "..", "build", "release", "bin"))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))

from harness import System  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--down", type=float, default=2, help="seconds without a gateway")
    parser.add_argument("--most", type=int, default=500, help="attempts within a second")
    options = parser.parse_args()
    system = System("--sim", "slots=256", "--sim", "queue=4096", "--sim", "ttft=5ms", "--sim", "inter-token=1ms",
                    "--sim", "tokens=60")
    bench = None
    try:
        system.up()
        system.add_user("crowd")
        url = system.info["url"]
        bench = subprocess.Popen([os.path.join(BIN, "gateway_restart")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 text=True)
        bench.stdin.write(f"{url} {system.token('crowd')} - {options.clients}\n")
        bench.stdin.flush()
        began = time.monotonic()
        if bench.stdout.readline().strip() != "asked":
            raise SystemExit("not every client was answered before the restart")
        print(f"{options.clients} clients connected and answered in {time.monotonic() - began:.1f} s", flush=True)
        system.down()
        time.sleep(options.down)
        system.up(port=urlsplit(url).port)
        result = json.loads(bench.stdout.readline())
        print(json.dumps(result, indent=2))
        return 0 if bench.wait() == 0 and result["most_attempts_in_a_second"] <= options.most else 1
    finally:
        if bench is not None:
            bench.kill()
        system.destroy()


if __name__ == "__main__":
    sys.exit(main())
