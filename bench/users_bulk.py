#!/usr/bin/env python3
"""Bulk creation of users: `wsdeep users create --count` beside boto3 with 32 threads, at the same server.

    bench/users_bulk.py --wsdeep build/release/bin/wsdeep --server counting --count 1000,20000
    bench/users_bulk.py --wsdeep build/release/bin/wsdeep --server local --count 200
    bench/users_bulk.py --wsdeep build/release/bin/wsdeep --rate 10,50,200

`counting` is a server in a process of its own that only counts what it is sent, so that the client is what is
measured; `local` is the local system, which computes an SRP verifier for every password and stores each user. Both clients do the same two
requests for a user: AdminCreateUser, then AdminSetUserPassword. Prints users a second, users for each second of the
client's CPU time, and the client's largest resident memory.

`--rate` is about a pool that takes only so many requests a second: the local system with --cognito-rate, behind a relay
that counts its answers. wsdeep alone, with 16 requests at the same time, creates users for about 40 seconds. Prints how
much of the rate was used and what part of the requests was refused, from the beginning and after five seconds.
"""
import argparse
import asyncio
import json
import multiprocessing
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time

THREADS = 32


class Counting(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, as little of it as a Cognito client needs."""

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 : head.find(b"\r\n", at) if head.find(b"\r\n", at) > 0 else None])
            if len(self.buffer) < end + 4 + length:
                return
            body, self.buffer = self.buffer[end + 4 : end + 4 + length], self.buffer[end + 4 + length :]
            self.transport.write(self.answer(head, body))

    @staticmethod
    def answer(head, body):
        if b"describeuserpool" in head:
            text = b'{"UserPool":{"Id":"us-east-1_Counting"}}'
        elif b"admincreateuser" in head:
            text = b'{"User":{"Username":"' + json.loads(body)["Username"].encode() + b'"}}'
        else:
            text = b"{}"
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: %d\r\n\r\n%s" % (
            len(text), text)


def serve_counting(pipe):
    async def serve():
        server = await asyncio.get_running_loop().create_server(Counting, "127.0.0.1", 0, backlog=256)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


def measured(words, env):
    """Wall-clock seconds, CPU seconds and largest resident memory (MB) of a command."""
    start = time.monotonic()
    process = subprocess.Popen(words, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(errors.decode())
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def boto3_worker(count, prefix):
    """What a careful script does: one client, 32 threads, the same two requests."""
    from concurrent.futures import ThreadPoolExecutor

    import boto3
    from botocore.config import Config

    pool = os.environ["WSDEEP_USER_POOL_ID"]
    client = boto3.client("cognito-idp", endpoint_url=os.environ["WSDEEP_ENDPOINT"], region_name="us-east-1",
                          config=Config(max_pool_connections=THREADS))

    def create(index):
        name = f"{prefix}{index:05}"
        client.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        client.admin_set_user_password(UserPoolId=pool, Username=name, Password="Aa1!" + secrets.token_hex(8),
                                       Permanent=True)

    with ThreadPoolExecutor(THREADS) as threads:
        for _ in threads.map(create, range(count)):
            pass


class Relay(asyncio.Protocol):
    """One connection to the pool, and what comes back on it."""

    def __init__(self, port, answers):
        self.port, self.answers, self.pool, self.waiting = port, answers, None, []

    def connection_made(self, transport):
        self.transport = transport
        asyncio.ensure_future(self.connect())

    async def connect(self):
        relay = self

        class Back(asyncio.Protocol):
            def data_received(self, data):
                now = time.monotonic()
                refused = data.count(b'"__type":"TooManyRequestsException"')
                relay.answers.extend([(now, True)] * refused)
                relay.answers.extend([(now, False)] * (data.count(b"HTTP/1.1 ") - refused))
                relay.transport.write(data)

            def connection_lost(self, _):
                relay.transport.close()

        self.pool, _ = await asyncio.get_running_loop().create_connection(Back, "127.0.0.1", self.port)
        for data in self.waiting:
            self.pool.write(data)

    def data_received(self, data):
        self.pool.write(data) if self.pool else self.waiting.append(data)

    def connection_lost(self, _):
        if self.pool:
            self.pool.close()


def serve_relay(port, pipe):
    """Until it is asked: then it tells (time, refused?) of all answers, and ends."""

    async def serve():
        answers = []
        server = await asyncio.get_running_loop().create_server(lambda: Relay(port, answers), "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
        pipe.send(answers)

    asyncio.run(serve())


def start_local(options, env, state, *more):
    up = [options.wsdeep, "local", "up", "--detach", "--port", "0", "--state", state, *more]
    subprocess.run(up, env=env, check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(state, "server.json"), encoding="utf-8") as file:
        info = json.load(file)
    return info, {**env, "AWS_ACCESS_KEY_ID": info["accessKeyId"], "AWS_SECRET_ACCESS_KEY": info["secretAccessKey"],
                  "WSDEEP_USER_POOL_ID": info["userPoolId"]}


def stop_local(options, env, state):
    subprocess.run([options.wsdeep, "local", "down", "--state", state], env=env, check=True, stdout=subprocess.DEVNULL)


def measure_rate(rate, options, env, home):
    seconds, warm = 40, 5
    state = os.path.join(home, f"local-{rate}")
    info, env = start_local(options, env, state, "--cognito-rate", str(rate))
    here, there = multiprocessing.Pipe()
    port = int(info["endpoint"].rsplit(":", 1)[1])
    relay = multiprocessing.Process(target=serve_relay, args=(port, there), daemon=True)
    relay.start()
    env["WSDEEP_ENDPOINT"] = f"http://127.0.0.1:{here.recv()}"
    words = [options.wsdeep, "users", "create", "--count", str(rate * seconds), "--prefix", "rate-", "--out",
             os.path.join(home, f"rate-{rate}.jsonl")]
    measured(words, env)
    here.send("done")
    answers = here.recv()
    stop_local(options, env, state)
    begin, end = answers[0][0], answers[-1][0]

    def line(since):
        part = [refused for at, refused in answers if at - begin >= since]
        took, taken = end - begin - since, len(part) - sum(part)
        # Two categories, for the two requests that a user takes.
        return (f"{100 * taken / 2 / (rate * took):5.1f}% of the rate used, "
                f"{100 * sum(part) / len(part):4.1f}% refused ({sum(part)} of {len(part)})")

    print(f"{rate:>4}/s  whole run of {end - begin:.1f} s: {line(0)};  after {warm} s: {line(warm)}", flush=True)


def report(name, count, seconds, cpu, memory):
    print(f"{name:<8} {count:>7} users  {seconds:7.2f} s  {count / seconds:8.0f} users/s  "
          f"{count / cpu:8.0f} users/CPU-s  {memory:7.1f} MB")


def run_at(endpoint, pool, options, env):
    for count in options.count:
        env = {**env, "WSDEEP_ENDPOINT": endpoint, "WSDEEP_USER_POOL_ID": pool}
        mark = secrets.token_hex(3)
        with tempfile.TemporaryDirectory() as folder:
            words = [options.wsdeep, "users", "create", "--count", str(count), "--prefix", f"w{mark}-", "--parallel",
                     str(THREADS), "--out", os.path.join(folder, "out.jsonl")]
            report("wsdeep", count, *measured(words, env))
        words = [sys.executable, os.path.abspath(__file__), "--boto3-worker", str(count), f"b{mark}-"]
        report("boto3", count, *measured(words, env))


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "--boto3-worker":
        return boto3_worker(int(sys.argv[2]), sys.argv[3])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wsdeep", required=True)
    parser.add_argument("--server", choices=("counting", "local"), default="counting")
    numbers = lambda text: [int(number) for number in text.split(",")]  # noqa: E731
    parser.add_argument("--count", type=numbers, default=[1000, 20000])
    parser.add_argument("--rate", type=numbers, help="instead: at pools that take so many requests a second")
    options = parser.parse_args()
    home = tempfile.mkdtemp(prefix="wsdeep-bench-")
    state = os.path.join(home, "local")
    env = {"PATH": os.environ["PATH"], "HOME": home, "AWS_ACCESS_KEY_ID": "testing",
           "AWS_SECRET_ACCESS_KEY": "testing", "WSDEEP_REGION": "us-east-1"}
    if "PYENV_VERSION" in os.environ:
        env["PYENV_VERSION"] = os.environ["PYENV_VERSION"]
    try:
        if options.rate:
            for rate in options.rate:
                measure_rate(rate, options, env, home)
            return None
        if options.server == "counting":
            here, there = multiprocessing.Pipe()
            server = multiprocessing.Process(target=serve_counting, args=(there,), daemon=True)
            server.start()
            run_at(f"http://127.0.0.1:{here.recv()}", "us-east-1_Counting", options, env)
            server.terminate()
            return None
        info, env = start_local(options, env, state)
        run_at(info["endpoint"], info["userPoolId"], options, env)
        stop_local(options, env, state)
        return None
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
