#!/usr/bin/env python3
"""A message to a room of many connections: how fast it reaches all of them, and what that costs.

    cmake --build --preset release && bench/room_fanout.py --members 1000 --messages 60 [--slow 10] [--node] [--offline FOLDER]

Starts the local system with rooms, connects that many members, and has a few of them say something, one after the other.
Prints, for the deliveries of all messages together: how many a second and how many for each second of CPU time of the
system (gateway, tables, functions), how long a message took until the last member had it, and the system's memory for
each member. `--slow`: so many more members who do not read. `--join N`: the members are N users', and all of them come at
once: how long until somebody who was there has been told of all N, in how many frames, how long until all are in, and what
that costs. `--leave N`: the members are N users', and in the end all of them go at once: the same. `--node`: the same
members and messages at a broadcast of Node's `ws` on this machine (npm install ws in bench/node), which is one process that
writes to sockets: no authorization, no table, no signed call for each delivery as API Gateway's @connections has it.
`--offline`: the same at serverless-offline, which plays API Gateway in Node, with a function that posts to @connections by
AWS's client, also signed and 64 at a time, and has its members in memory: no authorization, no table, no second process.
FOLDER is where somebody ran

    npm install --ignore-scripts serverless@3 serverless-offline@13 @aws-sdk/client-apigatewaymanagementapi@3
"""
import argparse
import concurrent.futures
import json
import os
import resource
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.setdefault("WSDEEP_BIN", os.path.join(HERE, "..", "build", "release", "bin"))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))

from harness import System, WebSocket  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
SPEAKERS = 4  # of 30 messages in ten seconds each
AT_ONCE = 200  # handshakes that are open


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                fields = file.read().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def resident_bytes(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/statm", encoding="utf-8") as file:
                total += int(file.read().split()[1]) * resource.getpagesize()
        except OSError:
            continue
    return total


def join(system, watcher, tokens, members):
    """All members come at once; until the watcher has been told of all of their users, and all of them are in."""
    cpu, began = cpu_seconds(system.processes()), time.monotonic()
    waited, came = [], []

    def come(token):
        asked = time.monotonic()
        member = system.connect(token, timeout=120)
        came.append(time.monotonic())
        waited.append(came[-1] - asked)
        return member

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as doors:
        coming = [doors.submit(come, tokens[i % len(tokens)]) for i in range(members)]
        told, frames = told_of(watcher, "join", len(tokens), began)
        listeners = [each.result() for each in coming]
    quantiles = statistics.quantiles(waited, n=100)
    return listeners, {"users": len(tokens), "until_all_are_told_s": told, "frames": frames,
                       "until_all_are_in_s": round(max(came) - began, 2),
                       "handshake_ms": {"p50": round(quantiles[49] * 1000), "p99": round(quantiles[98] * 1000)},
                       "cpu_s": round(cpu_seconds(system.processes()) - cpu, 2)}


def told_of(watcher, event, users, began):
    """Until the watcher has been told of that of so many users: how long that took, and how many frames."""
    told, frames = set(), 0
    watcher.socket.settimeout(60)
    while len(told) < users:
        try:
            frame = watcher.receive()
        except TimeoutError:
            return f"never: of {len(told)} alone", frames
        if frame.get("action") == "presence" and frame["data"]["event"] == event:
            frames += 1
            told |= {member["userId"] for member in frame["data"]["members"]}
    return round(time.monotonic() - began, 2), frames


def leave(system, watcher, listeners, users):
    """All listeners go at once; until the watcher has been told of all of their users."""
    cpu, began = cpu_seconds(system.processes()), time.monotonic()
    for member in listeners:
        member.socket.close()
    told, frames = told_of(watcher, "leave", users, began)
    while system.connection_rows() > SPEAKERS:
        time.sleep(0.05)
    return {"users": users, "until_all_are_told_s": told, "frames": frames,
            "until_all_are_gone_s": round(time.monotonic() - began, 2),
            "cpu_s": round(cpu_seconds(system.processes()) - cpu, 2)}


class Crowd:
    """Members who count what they hear."""

    def __init__(self, sockets):
        self.selector = selectors.DefaultSelector()
        self.tails = {}
        for member in sockets:
            member.socket.setblocking(False)
            self.selector.register(member.socket, selectors.EVENT_READ)
            self.tails[member.socket] = b""

    def hear(self, marker, count, seconds=60):
        """Waits until `count` members have had a message that holds `marker`."""
        needle, heard, end = marker.encode(), set(), time.monotonic() + seconds
        while len(heard) < count:
            left = end - time.monotonic()
            if left <= 0:
                raise SystemExit(f"only {len(heard)} of {count} members had it within {seconds} s")
            for key, _ in self.selector.select(left):
                data = key.fileobj.recv(65536)
                if not data:
                    raise SystemExit("a member was cut off")
                text = self.tails[key.fileobj] + data
                if needle in text:
                    heard.add(key.fileobj)
                self.tails[key.fileobj] = text[-len(needle):]


def measure(name, speakers, crowd, members, messages, pids, send):
    """Says `messages` things, each when the one before has reached everybody, after one that starts the functions."""
    send(speakers[0], f"first-{name}-")
    crowd.hear(f"first-{name}-", members)
    times, cpu, began = [], cpu_seconds(pids()), time.monotonic()
    for i in range(messages):
        marker = f"message-{name}-{i}-"
        said = time.monotonic()
        send(speakers[i % len(speakers)], marker)
        crowd.hear(marker, members)
        times.append(time.monotonic() - said)
    took, spent = time.monotonic() - began, cpu_seconds(pids()) - cpu
    deliveries = members * messages
    quantiles = statistics.quantiles(times, n=100) if len(times) > 1 else times * 100
    return {"members": members, "messages": messages, "deliveries_per_s": round(deliveries / took),
            "deliveries_per_cpu_s": round(deliveries / spent) if spent else None,
            "until_the_last_ms": {"p50": round(quantiles[49] * 1000), "p99": round(quantiles[98] * 1000)}}


def our_system(options):
    system = System("--rooms", "--sim", "ttft=1ms")
    try:
        system.up()
        for i in range(SPEAKERS):
            system.add_user(f"speaker-{i}")
        users = [f"crowd-{i}" for i in range(max(options.join, options.leave, 1))]
        for name in users:
            system.add_user(name)
        empty = resident_bytes(system.processes())
        tokens = [system.token(name) for name in users]
        speakers = [system.connect(system.token(f"speaker-{i}")) for i in range(SPEAKERS)]
        if options.join:
            listeners, joining = join(system, speakers[0], tokens, options.members)
        else:
            listeners = [system.connect(tokens[i % len(tokens)]) for i in range(options.members)]
        slow = [system.connect(tokens[0]) for _ in range(options.slow)]
        for member in slow:
            member.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        grown = resident_bytes(system.processes()) - empty
        crowd = Crowd(listeners)

        def send(speaker, marker):
            speaker.send({"action": "message", "data": {"content": marker + "x" * options.bytes, "recipient": "all"}})

        result = measure("ours", speakers, crowd, options.members, options.messages, system.processes, send)
        result["bytes_per_member"] = round(grown / (options.members + options.slow))
        result["slow_members"] = len(slow)
        if options.join:
            result["joining"] = joining
        if options.leave:
            result["leaving"] = leave(system, speakers[0], [*listeners, *slow], len(tokens))
        return result
    finally:
        system.destroy()


def node_ws(options):
    server = subprocess.Popen(["node", os.path.join(HERE, "node", "broadcast.mjs")], stdout=subprocess.PIPE, text=True)
    try:
        url = server.stdout.readline().strip()
        if not url:
            raise SystemExit("Node's broadcast did not start: npm install ws in bench/node")
        empty = resident_bytes([server.pid])
        speakers = [WebSocket(url) for _ in range(SPEAKERS)]
        listeners = [WebSocket(url) for _ in range(options.members)]
        grown = resident_bytes([server.pid]) - empty
        crowd = Crowd(listeners)
        result = measure("node", speakers, crowd, options.members, options.messages, lambda: [server.pid],
                         lambda speaker, marker: speaker.send_text(json.dumps(
                             {"content": marker + "x" * options.bytes})))
        result["bytes_per_member"] = round(grown / options.members)
        return result
    finally:
        server.kill()
        server.wait()


def free_ports(count):
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def serverless_offline(options):
    for name in ("serverless.yml", "room.mjs"):
        shutil.copy(os.path.join(HERE, "node", "offline", name), options.offline)
    http, websocket, functions = free_ports(3)
    words = ["node", "node_modules/serverless/bin/serverless.js", "offline", "--host", "127.0.0.1", "--httpPort", str(http),
             "--websocketPort", str(websocket), "--lambdaPort", str(functions)]
    environment = {**os.environ, "CONNECTIONS_URL": f"http://127.0.0.1:{websocket}", "SLS_TELEMETRY_DISABLED": "1",
                   "SLS_NOTIFICATIONS_MODE": "off"}
    server = subprocess.Popen(words, cwd=options.offline, env=environment, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
    try:
        for line in server.stderr:
            if "listening on ws://" in line:
                break
        else:
            raise SystemExit("serverless-offline did not start: see --help for what its folder must hold")
        threading.Thread(target=server.stderr.read, daemon=True).start()  # what is not read would stop it
        empty = resident_bytes([server.pid])
        url = f"ws://127.0.0.1:{websocket}/"
        speakers = [WebSocket(url) for _ in range(SPEAKERS)]
        listeners = [WebSocket(url) for _ in range(options.members)]
        grown = resident_bytes([server.pid]) - empty
        crowd = Crowd(listeners)
        result = measure("offline", speakers, crowd, options.members, options.messages, lambda: [server.pid],
                         lambda speaker, marker: speaker.send(
                             {"action": "message", "data": {"content": marker + "x" * options.bytes}}))
        result["bytes_per_member"] = round(grown / options.members)
        return result
    finally:
        server.kill()
        server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--messages", type=int, default=60)
    parser.add_argument("--bytes", type=int, default=200, help="of a message's text")
    parser.add_argument("--slow", type=int, default=0, help="members more who do not read")
    parser.add_argument("--join", type=int, default=0, metavar="USERS", help="of how many users the members are, who come")
    parser.add_argument("--leave", type=int, default=0, metavar="USERS", help="of how many users the members are, who go")
    parser.add_argument("--node", action="store_true", help="a broadcast of Node's ws, too")
    parser.add_argument("--offline", metavar="FOLDER", help="serverless-offline, too; FOLDER has its packages")
    parser.add_argument("--no-ours", action="store_true", help="the others alone")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if not options.no_ours:
        print(json.dumps({"wsdeep local": our_system(options)}, indent=2), flush=True)
    if options.node:
        print(json.dumps({"node ws": node_ws(options)}, indent=2), flush=True)
    if options.offline:
        print(json.dumps({"serverless-offline": serverless_offline(options)}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
