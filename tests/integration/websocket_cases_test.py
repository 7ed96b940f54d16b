"""net's server and client against the cases of websocket_cases.py, and against Autobahn's own (python3-autobahn)."""

import base64
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
import unittest

from harness import BIN
from websocket_cases import CASES, CLOSE, CONTINUE, Case, Frame, close_payload

ECHO = os.path.join(BIN, "echo_tool")
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
MASK = b"\x37\xfa\x21\x3d"
PATIENCE = 20


def mask(payload):
    repeated = (MASK * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")


def encode(frame, masks):
    """The bytes of a frame; `masks` tells whether this side has to."""
    masked = {None: masks, "wrong": not masks}[frame.masked]
    size = len(frame.payload)
    length = frame.length
    if length is None and size < 126:
        length = bytes([size])
    elif length is None:
        length = b"\x7e" + size.to_bytes(2, "big") if size < 65536 else b"\x7f" + size.to_bytes(8, "big")
    first = (0x80 if frame.fin else 0) | frame.rsv << 4 | frame.opcode
    head = bytes([first, length[0] | (0x80 if masked else 0)]) + length[1:]
    payload = MASK + mask(frame.payload) if masked else frame.payload
    return head + payload[: len(payload) - frame.kept_back]


class Peer:
    """One end of a WebSocket, byte by byte."""

    def __init__(self, sock, masks):
        self.socket, self.masks = sock, masks
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.begun, self.parts = None, []  # the message of which fragments have come: its opcode, and they

    def send(self, data, chop):
        try:
            for at in range(0, len(data), chop or max(len(data), 1)):
                self.socket.sendall(data[at : at + (chop or len(data))])
        except OSError:
            pass  # the other side has had enough

    def take(self, size):
        parts, have = [self.buffer], len(self.buffer)
        while have < size:
            try:
                data = self.socket.recv(1 << 18)
            except ConnectionError:
                data = b""
            if not data:
                raise EOFError
            parts.append(data)
            have += len(data)
        whole = b"".join(parts)
        self.buffer = whole[size:]
        return whole[:size]

    def read_frame(self):
        first, second = self.take(2)
        size = second & 0x7F
        if size >= 126:
            size = int.from_bytes(self.take(2 if size == 126 else 8), "big")
        assert bool(second & 0x80) != self.masks, "masked by the wrong side"
        assert first & 0x70 == 0, "a reserved bit"
        key = self.take(4) if second & 0x80 else b""
        payload = self.take(size)
        if key:
            repeated = (key * (size // 4 + 1))[:size]
            payload = (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")
        return first & 0x80, first & 0x0F, payload

    def read_message(self):
        """(opcode, payload) of the next message, its fragments joined, or of a control frame, also amid fragments."""
        while True:
            fin, kind, payload = self.read_frame()
            if kind >= CLOSE:
                assert fin and len(payload) < 126, "a control frame that is none"
                return kind, payload
            assert (kind == CONTINUE) == (self.begun is not None), "a fragment of nothing, or nothing of a fragment"
            self.begun = self.begun or kind
            self.parts.append(payload)
            if fin:
                whole = self.begun, b"".join(self.parts)
                self.begun, self.parts = None, []
                return whole


def short(items):
    return [(opcode, payload[:40], len(payload)) for opcode, payload in items[:12]]


def read_until_closed(peer, case):
    """The messages that come back, and the code of the close frame, 1006 without one. Closes when it has all."""
    got = []
    try:
        while True:
            if case.close is None and len(got) == len(case.get):
                peer.send(encode(Frame(CLOSE, close_payload(1000)), peer.masks), 0)
            opcode, payload = peer.read_message()
            if opcode == CLOSE:
                return got, int.from_bytes(payload[:2], "big") if payload else 1005
            got.append((opcode, payload))
    except EOFError:
        return got, 1006
    except TimeoutError:
        return got, "nothing more"


def judge(peer, case):
    """Plays `case`; what is wrong with what came back, or None."""
    frames = b"".join(encode(frame, peer.masks) for frame in case.send)
    sender = threading.Thread(target=peer.send, args=(frames, case.chop), daemon=True)
    sender.start()  # what comes back may not wait until all was sent
    if case.close is None and not case.get:
        sender.join(PATIENCE)  # nothing tells that it has arrived: the close comes behind it
    got, code = read_until_closed(peer, case)
    sender.join(PATIENCE)
    end_sending(peer.socket)  # a server that is judged may wait for our end
    wanted = 1000 if case.close is None else case.close
    if got != case.get and not (case.may_be_cut and peer.begun is not None and got == []):
        return f"got {short(got)} instead of {short(case.get)}, then {code}"
    if code != wanted and code not in case.either:
        return f"closed with {code} instead of {wanted}"
    return None


def end_sending(sock):
    try:
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # it was reset


def drain(peer):
    """Whether the other side ends the connection, and says nothing more before."""
    try:
        return peer.buffer == b"" and peer.socket.recv(1) == b""
    except ConnectionError:
        return True


class Server(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = subprocess.Popen([ECHO, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        cls.addClassCleanup(cls.stop)
        cls.port = int(cls.server.stdout.readline())

    @classmethod
    def stop(cls):
        cls.server.stdin.close()
        assert cls.server.wait(PATIENCE) == 0
        cls.server.stdout.close()

    def open(self, *more):
        sock = socket.create_connection(("127.0.0.1", self.port))
        self.addCleanup(sock.close)
        sock.sendall(b"\r\n".join((b"GET / HTTP/1.1", b"Host: t", b"Upgrade: websocket", b"Connection: Upgrade",
                                   b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: " + KEY, *more, b"", b"")))
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += sock.recv(1)
        self.assertTrue(head.startswith(b"HTTP/1.1 101 "), head)
        return Peer(sock, masks=True), head

    def test_every_case(self):
        for case in CASES:
            with self.subTest(case.number):
                peer, _ = self.open()
                self.assertIsNone(judge(peer, case))
                self.assertTrue(drain(peer), "the connection goes on")
                peer.socket.close()

    def test_compression_is_not_taken(self):
        """Cases 12 and 13: the offer is declined, and a compressed message is one with a reserved bit."""
        for offer in (b"permessage-deflate", b"permessage-deflate; client_max_window_bits; server_no_context_takeover",
                      b"permessage-bzip2, permessage-deflate"):
            peer, head = self.open(b"Sec-WebSocket-Extensions: " + offer)
            self.assertNotIn(b"extensions", head.lower())
            compressed = Frame(1, b"\xf2\x48\xcd\xc9\xc9\x07\x00", rsv=4)
            self.assertIsNone(judge(peer, Case("12.1", [compressed], [], 1002)))


class Client(unittest.TestCase):
    def test_every_case(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        listener.settimeout(PATIENCE)
        client = subprocess.Popen([ECHO, "call", f"ws://127.0.0.1:{listener.getsockname()[1]}/", str(len(CASES))],
                                  stdout=subprocess.PIPE, text=True)
        self.addCleanup(client.kill)
        for case in CASES:
            with self.subTest(case.number):
                peer = self.accept(listener)
                self.assertIsNone(judge(peer, case))
                self.assertTrue(drain(peer), "the connection goes on")
                peer.socket.close()
                self.assertIn(" closed ", client.stdout.readline())
        self.assertEqual(client.wait(PATIENCE), 0)
        client.stdout.close()

    @staticmethod
    def accept(listener):
        sock, _ = listener.accept()
        head = b""
        while b"\r\n\r\n" not in head:
            head += sock.recv(65536)
        key = next(line[19:] for line in head.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key: "))
        sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     b"Sec-WebSocket-Accept: " + base64.b64encode(hashlib.sha1(key + MAGIC).digest()) + b"\r\n\r\n")
        return Peer(sock, masks=False)


def python_with_autobahn():
    """Debian's package belongs to Debian's python3, which need not be the one that runs this."""
    for python in (sys.executable, "/usr/bin/python3"):
        asked = [python, "-c", "import autobahn, twisted"]
        if os.path.exists(python) and subprocess.run(asked, capture_output=True).returncode == 0:
            return python
    return None


@unittest.skipUnless(python_with_autobahn(), "python3-autobahn is not installed (cli/prepare ci)")
class Autobahn(unittest.TestCase):
    """Autobahn's client at our server, and our client at its server: `websocket_autobahn.py` sends, compares what comes
    back, and says how it went."""

    def start(self, *words):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "websocket_autobahn.py")
        peer = subprocess.Popen([python_with_autobahn(), script, *words], stdout=subprocess.PIPE, text=True)
        self.addCleanup(peer.stdout.close)
        self.addCleanup(peer.kill)
        return peer

    def verdict(self, peer):
        out, _ = peer.communicate(timeout=60)
        return json.loads(out.splitlines()[-1])

    def test_its_client_at_our_server(self):
        server = subprocess.Popen([ECHO, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.kill)
        verdict = self.verdict(self.start("client", f"ws://127.0.0.1:{server.stdout.readline().strip()}/"))
        self.assertEqual(verdict, {"echoed": verdict["sent"], "sent": verdict["sent"], "clean": True, "code": 3001,
                                   "extensions": "[]"})
        server.stdin.close()
        self.assertEqual(server.wait(PATIENCE), 0)

    def test_our_client_at_its_server(self):
        peer = self.start("server")
        port = int(peer.stdout.readline())
        client = subprocess.run([ECHO, "call", f"ws://127.0.0.1:{port}/", "1"], capture_output=True, text=True,
                                timeout=60)
        self.assertEqual(client.stdout, "0 closed 3001 by peer done\n")
        verdict = self.verdict(peer)
        self.assertEqual(verdict, {"echoed": verdict["sent"], "sent": verdict["sent"], "clean": True, "code": 3001,
                                   "extensions": "[]"})


if __name__ == "__main__":
    unittest.main()
