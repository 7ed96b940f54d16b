#!/usr/bin/env python3
"""What a request to REST chat costs its function, and how fast the function starts, beside Python and Node.

    cmake --build --preset release && bench/rest_cost.py [--requests 1000] [--starts 20]

The function's own process, `GET /chats/{id}`: token, table, JSON. A Runtime API here gives it one request after another;
its CPU time is what the kernel counts. Python does the same with PyJWT and boto3 (bench/rest_cost_python.py); Node only
answers (bench/rest_cost_node.mjs), as its start is what is looked at. A start is the time from the process's own to its
first `next`, and to its first answer.
"""

import argparse
import json
import os
import queue
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERE = os.path.dirname(os.path.abspath(__file__))
os.environ.setdefault("WSDEEP_BIN", os.path.join(HERE, "..", "build", "release", "bin"))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))

from harness import BIN, System  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


class RuntimeApi:
    """Gives one process its invocations."""

    def __init__(self):
        self.work, self.answers, self.first_next = queue.Queue(), queue.Queue(), None
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                if api.first_next is None:
                    api.first_next = time.perf_counter()
                event = api.work.get()
                if event is None:
                    return
                self.send_response(200)
                for name, value in (("Lambda-Runtime-Aws-Request-Id", "r-1"), ("Content-Length", str(len(event))),
                                    ("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 30_000))):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(event)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                api.answers.put(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # a process that was killed has cut its connection
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self.server.server_address[1]}"

    def ask(self, event):
        self.work.put(event)
        return json.loads(self.answers.get(timeout=30))

    def close(self):
        self.work.put(None)
        self.server.shutdown()
        self.server.server_close()


def start(words, environment, api):
    return subprocess.Popen(words, env={**environment, "AWS_LAMBDA_RUNTIME_API": api.address,
                                        "AWS_LAMBDA_MAX_CONCURRENCY": "1"}, stderr=subprocess.DEVNULL)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))


def cost(words, environment, event, requests):
    """Requests a CPU-second, milliseconds each, MB."""
    api = RuntimeApi()
    process = start(words, environment, api)
    try:
        for _ in range(50):
            answer = api.ask(event)
        assert answer["statusCode"] == 200, answer
        before, began = cpu_seconds(process.pid), time.perf_counter()
        for _ in range(requests):
            api.ask(event)
        took = time.perf_counter() - began
        return requests / (cpu_seconds(process.pid) - before), took / requests * 1000, resident_mb(process.pid)
    finally:
        process.kill()
        process.wait()
        api.close()


def cold_start(words, environment, event):
    """Milliseconds to the first `next`, and to the first answer."""
    api = RuntimeApi()
    began = time.perf_counter()
    process = start(words, environment, api)
    try:
        api.ask(event)
        return (api.first_next - began) * 1000, (time.perf_counter() - began) * 1000
    finally:
        process.kill()
        process.wait()
        api.close()


def environment_of(pid):
    with open(f"/proc/{pid}/environ", encoding="utf-8") as file:
        return dict(entry.split("=", 1) for entry in file.read().split("\0") if entry)


def event_for(chat, token):
    path = "/chats/" + chat
    return json.dumps({
        "version": "2.0", "routeKey": "GET /chats/{id}", "rawPath": path, "rawQueryString": "",
        "headers": {"id_token": token, "host": "api.example", "accept": "*/*", "user-agent": "bench"},
        "pathParameters": {"id": chat}, "isBase64Encoded": False,
        "requestContext": {"apiId": "a", "domainName": "api.example", "requestId": "r-1", "stage": "$default",
                           "http": {"method": "GET", "path": path, "sourceIp": "127.0.0.1"}}}).encode()


def python_peer(folder):
    """A Python with boto3, and PyJWT beside it: None where there is none of the two."""
    os.symlink("/usr/lib/python3/dist-packages/jwt", os.path.join(folder, "jwt"))
    extra = {"PYTHONPATH": folder, "PATH": os.environ["PATH"], "HOME": folder}
    found = subprocess.run([sys.executable, "-c", "import boto3, jwt"], env=extra, capture_output=True)
    return extra if found.returncode == 0 else None


def measure(options, system):
    system.add_user("bench")
    token = system.token("bench")
    request = urllib.request.Request(system.info["endpoint"] + "/chat", json.dumps({"prompt": "hello"}).encode(),
                                     {"Content-Type": "application/json", "id_token": token})
    with urllib.request.urlopen(request, timeout=60) as answer:
        event = event_for(json.load(answer)["chat"]["id"], token)
    environment = environment_of(system.pid_of("wsdeep-rest-chat"))
    peers = {"wsdeep-rest-chat": ([os.path.join(BIN, "wsdeep-rest-chat")], environment)}
    with tempfile.TemporaryDirectory() as folder:
        if extra := python_peer(folder):
            peers["python"] = ([sys.executable, os.path.join(HERE, "rest_cost_python.py")], {**environment, **extra})
        for name, (words, env) in peers.items():
            rate, each, memory = cost(words, env, event, options.requests)
            print(f"{name:18} {rate:8.0f} requests/CPU-s  {each:6.2f} ms each  {memory:6.1f} MB")
        if node := shutil.which("node"):
            peers["node (bare)"] = ([node, os.path.join(HERE, "rest_cost_node.mjs")], environment)
        for name, (words, env) in peers.items():
            times = [cold_start(words, env, event) for _ in range(options.starts)]
            ready, first = (statistics.median(column) for column in zip(*times))
            print(f"{name:18} ready after {ready:6.1f} ms, first answer after {first:6.1f} ms")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--requests", type=int, default=1000)
    arguments.add_argument("--starts", type=int, default=20)
    options = arguments.parse_args()
    system = System("--sim", "ttft=1ms", "--sim", "inter-token=0ms", "--sim", "tokens=20")
    try:
        measure(options, system.up())
    finally:
        system.destroy()


if __name__ == "__main__":
    main()
