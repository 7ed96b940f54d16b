"""A node as its clients see it, frame by frame on one connection, so that the order is the node's own."""

import json
import re
import signal
import socket
import struct

from harness import TIMEOUT, System, eventually
from http2_frames import (DATA, END_STREAM, GOAWAY, HEADERS, PING, PREFACE, RST_STREAM, SETTINGS, HeaderReader, Peer, data,
                          frame, grpc_message, headers, proto_text, settings)

HEALTH = {b"\x08\x01": "SERVING", b"\x08\x02": "NOT_SERVING", b"\x08\x03": "SERVICE_UNKNOWN"}
GENERATE = "/llm.LLMService/GenerateStream"


def head(path, stream=1, **more):
    return headers((":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "node"), ("te", "trailers"),
                   ("content-type", "application/grpc"), *((name.replace("_", "-"), value) for name, value in more.items()),
                   stream=stream)


class Onlooker:
    """One connection to a node: calls by name, and what came of them, in the order in which it came."""

    def __init__(self, port, wrap=lambda connection: connection):
        self.peer = Peer(wrap(socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)))
        self.names, self.events, self.headers, self.settings = {}, [], HeaderReader(), {}
        self.peer.send(PREFACE, settings((4, (1 << 31) - 1)), frame(8, 0, 0, b"\x7f\x00\x00\x00"))

    def call(self, name, method, message=b"", flag=0, **more):
        stream = 2 * len(self.names) + 1
        self.names[stream] = name
        self.peer.send(head(method, stream, **more), data(grpc_message(message, flag), end=True, stream=stream))
        return self

    def watch(self, service=""):
        return self.call("health", "/grpc.health.v1.Health/Watch", proto_text(service) if service else b"")

    def hears(self, event):
        """Waits for this event once more."""
        if event in self.events:
            self.events.remove(event)
        self.until(event)
        return self

    def generate(self, name):
        return self.call(name, GENERATE, proto_text("hi"))

    def ready(self, name):
        return self.call(name, "/llm.LLMService/Ready")

    def until(self, wanted):
        """Reads until this event, or to the end of the connection; all events so far."""
        while wanted not in self.events:
            try:
                self.take(*self.peer.frame())
            except (EOFError, ConnectionResetError):
                self.note("closed")
                break
        return self.events

    def end_of(self, name):
        """Reads until this call has ended: its status, or how else it ended."""
        def ends():
            return [event for event in self.events if event == "closed" or re.match(rf"{name}: (\d|reset)", event)]

        while not ends():
            self.take(*self.peer.frame())
        return ends()[0].removeprefix(f"{name}: ")

    def take(self, kind, flags, stream, payload):
        name = self.names.get(stream)
        if kind == SETTINGS and not flags:
            self.settings.update(struct.iter_unpack("!HI", payload))
            self.peer.send(frame(SETTINGS, 1))
        elif kind == PING and not flags:
            self.peer.send(frame(PING, 1, 0, payload))
        elif kind == GOAWAY:
            self.note("GOAWAY too_many_pings" if payload[4:] == b"\0\0\0\x0btoo_many_pings" else "GOAWAY")
        elif kind == RST_STREAM:
            self.note(f"{name}: reset {int.from_bytes(payload, 'big')}")
        elif kind == DATA and len(payload) > 5:
            self.note(f"{name}: {HEALTH.get(payload[5:], 'a message')}")
        elif kind == HEADERS:
            self.take_headers(name, dict(self.headers.read(payload)), flags)

    def take_headers(self, name, fields, flags):
        if flags & END_STREAM:
            drained = ", drained" if fields.get("wsdeep-draining") == "1" else ""
            words = fields.get("grpc-message", "").replace("%20", " ").replace("%3A", ":")
            self.note(f"{name}: {fields['grpc-status']} {words}".rstrip() + drained)

    def note(self, event):
        if event not in self.events:
            self.events.append(event)


class Node:
    """`wsdeep llm serve`, and what it logs."""

    @staticmethod
    def system_of(test):
        system = System()
        test.addCleanup(system.destroy)
        return system

    def __init__(self, test, *options, env=None):
        self.system = self.system_of(test)
        self.process = self.system.start("llm", "serve", "--listen", "127.0.0.1:0", "--node-id", "n1", *options, env=env)
        test.addCleanup(self.end)
        self.url = self.process.stdout.readline().decode().strip()
        test.assertTrue(self.url.startswith("grpc"), self.url)
        self.port = int(self.url.rsplit(":", 1)[1])
        self.said = None

    def end(self):
        self.process.kill()
        self.process.communicate()

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def ended(self):
        """Its exit code; what it logged is there then."""
        _, self.said = self.process.communicate(timeout=TIMEOUT)
        return self.process.returncode

    def logged(self):
        """The log lines as (message, cause)."""
        lines = [json.loads(line) for line in self.said.decode().splitlines()]
        return [(line["message"], line.get("cause")) for line in lines]

    def status(self):
        run = self.system.run("llm", "health", "--url", self.url, "--output", "json")
        return json.loads(run.out)["status"] if run.out else run.err

    def turns(self):
        """How many it was asked for so far."""
        def health():
            run = self.system.run("llm", "health", "--url", self.url, "--json")
            return run.out if run.code == 0 else None

        counts = json.loads(eventually(health, TIMEOUT))
        return sum(counts[what] for what in ("active", "queued", "completed", "cancelled", "failed"))
