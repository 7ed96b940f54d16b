"""How a node goes, as its clients see it: frame by frame on one connection, so that the order is the node's own. Health
turns before GOAWAY comes, and GOAWAY before an answer ends; the exit code and the log say how it went."""

import json
import signal
import socket
import subprocess
import time
import unittest

from harness import TIMEOUT, WSDEEP, System, eventually
from http2_frames import (DATA, END_STREAM, GOAWAY, HEADERS, PING, PREFACE, RST_STREAM, SETTINGS, HeaderReader, Peer, data,
                          frame, grpc_message, headers, proto_text, settings)

HEALTH = {b"\x08\x01": "SERVING", b"\x08\x02": "NOT_SERVING"}
STEADY = ("--sim", "ttft=1ms", "--sim", "inter-token=20ms")


def head(path, stream):
    return headers((":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "node"), ("te", "trailers"),
                   ("content-type", "application/grpc"), stream=stream)


class Onlooker:
    """One connection to a node: calls by name, and what came of them, in the order in which it came."""

    def __init__(self, port):
        self.peer = Peer(socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT))
        self.names, self.events, self.headers = {}, [], HeaderReader()
        self.peer.send(PREFACE, settings((4, (1 << 31) - 1)), frame(8, 0, 0, b"\x7f\x00\x00\x00"))

    def call(self, name, method, message=b""):
        stream = 2 * len(self.names) + 1
        self.names[stream] = name
        self.peer.send(head(method, stream), data(grpc_message(message), end=True, stream=stream))
        return self

    def watch(self):
        return self.call("health", "/grpc.health.v1.Health/Watch")

    def generate(self, name):
        return self.call(name, "/llm.LLMService/GenerateStream", proto_text("hi"))

    def ready(self, name):
        return self.call(name, "/llm.LLMService/Ready")

    def until(self, wanted):
        """Reads until this event, or to the end of the connection; all events so far."""
        while wanted not in self.events:
            try:
                self.take(*self.peer.frame())
            except (EOFError, ConnectionResetError):
                self.events.append("closed")
                break
        return self.events

    def take(self, kind, flags, stream, payload):
        name = self.names.get(stream)
        if kind == SETTINGS and not flags:
            self.peer.send(frame(SETTINGS, 1))
        elif kind == PING and not flags:
            self.peer.send(frame(PING, 1, 0, payload))
        elif kind == GOAWAY and "GOAWAY" not in self.events:
            self.events.append("GOAWAY")
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

    def __init__(self, test, *options, env=None):
        self.system = System()
        test.addCleanup(self.system.destroy)
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


class Signals(unittest.TestCase):
    def onlooker(self, node):
        onlooker = Onlooker(node.port)
        self.addCleanup(onlooker.peer.socket.close)
        return onlooker

    def test_health_turns_before_goaway_and_goaway_comes_before_answers_end(self):
        node = Node(self, *STEADY, "--sim", "stall=1", "--lame-duck", "400ms", "--grace", "400ms")
        onlooker = self.onlooker(node)
        onlooker.watch().until("health: SERVING")
        onlooker.generate("first").until("first: a message")
        began = time.monotonic()
        node.signal()
        onlooker.until("health: NOT_SERVING")
        onlooker.ready("ready").generate("late").until("late: a message")
        events = onlooker.until("closed")
        self.assertEqual(node.ended(), 0)
        self.assertGreaterEqual(time.monotonic() - began, 0.8)
        self.assertEqual(events[:6], ["health: SERVING", "first: a message", "health: NOT_SERVING",
                                      "ready: 14 leaving: SIGTERM", "late: a message", "GOAWAY"])
        self.assertEqual(sorted(event for event in events[6:] if not event.startswith("health")), [
            "closed", "first: 14 the node is draining, drained", "late: 14 the node is draining, drained"])
        self.assertEqual(node.logged(), [
            ("the node is leaving", "SIGTERM"), ("the node is draining", "SIGTERM"), ("the node is ending", "SIGTERM"),
            ("answers ended before their end, for another node to go on with", None), ("the node is stopped", "SIGTERM")])

    def test_an_answer_that_ends_in_its_grace_is_whole(self):
        node = Node(self, *STEADY, "--sim", "tokens=20", "--grace", "30s")
        onlooker = self.onlooker(node)
        onlooker.generate("first").until("first: a message")
        node.signal()
        self.assertEqual(onlooker.until("closed"), ["first: a message", "GOAWAY", "first: 0", "closed"])
        self.assertEqual(node.ended(), 0)

    def test_a_second_signal_ends_everything_at_once(self):
        for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGINT),
                              (signal.SIGTERM, signal.SIGINT)):
            for lame_duck in ("0s", "1h"):
                with self.subTest(first=first, lame_duck=lame_duck):
                    node = Node(self, *STEADY, "--sim", "stall=1", "--lame-duck", lame_duck, "--grace", "1h")
                    onlooker = self.onlooker(node)
                    onlooker.watch().until("health: SERVING")
                    onlooker.generate("first").until("first: a message")
                    node.signal(first)
                    onlooker.until("health: NOT_SERVING")
                    began = time.monotonic()
                    node.signal(second)
                    onlooker.until("first: 14 the node is draining, drained")
                    self.assertEqual(node.ended(), 130)
                    self.assertLess(time.monotonic() - began, 5)  # an hour would be its grace

    def test_an_idle_node_goes_at_once(self):
        node = Node(self)
        onlooker = self.onlooker(node)
        onlooker.ready("ready").until("ready: 0")
        node.signal()
        self.assertEqual(node.ended(), 0)
        self.assertEqual(onlooker.until("closed"), ["ready: a message", "ready: 0", "GOAWAY", "closed"])

    def test_a_client_that_does_not_read_does_not_keep_it(self):
        node = Node(self, "--sim", "ttft=1ms", "--sim", "inter-token=0ms", "--sim", "tokens=1000000")
        peer = Peer(socket.create_connection(("127.0.0.1", node.port), timeout=TIMEOUT))
        self.addCleanup(peer.socket.close)
        peer.send(PREFACE, settings((4, 0)), head("/llm.LLMService/GenerateStream", 1),
                  data(grpc_message(proto_text("hi")), end=True))
        eventually(lambda: node.status() == "healthy")
        node.signal()
        self.assertEqual(node.ended(), 0)


if __name__ == "__main__":
    unittest.main()
