"""A WebSocket server of which a test writes every word: what a gateway might do to a client, and real ones do."""

import base64
import hashlib
import json
import socket
import struct
import threading
import time
from urllib.parse import parse_qs, urlsplit

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Gone(Exception):
    """The client ended the connection."""


class Connection:
    """One client, from its handshake on."""

    def __init__(self, sock, number):
        self.socket = sock
        self.number = number  # of the connections of this server, from 0
        self.buffer = b""
        self.answers_pings = True
        self.pings = 0
        head = self._shake_hands()
        self.query = {name: values[0] for name, values in parse_qs(urlsplit(head.split()[1]).query).items()}

    def _shake_hands(self):
        while b"\r\n\r\n" not in self.buffer:
            self._fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        head = head.decode()
        key = next(line.split(": ", 1)[1] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
        accept = base64.b64encode(hashlib.sha1((key + MAGIC).encode()).digest()).decode()
        self.socket.sendall((f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode())
        return head

    def _fill(self):
        try:
            data = self.socket.recv(65536)
        except OSError as broken:
            raise Gone from broken
        if not data:
            raise Gone
        self.buffer += data

    def _take(self, size):
        while len(self.buffer) < size:
            self._fill()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def _frame(self):
        first, second = self._take(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self._take(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._take(8))
        mask = self._take(4)
        padded = self._take(size) + bytes(-size % 4)
        key = int.from_bytes(mask * (len(padded) // 4), "big")
        payload = (int.from_bytes(padded, "big") ^ key).to_bytes(len(padded), "big")[:size]
        return first & 0x80, first & 0x0F, payload

    def _write(self, opcode, payload):
        size = len(payload)
        head = bytes([0x80 | opcode, size]) if size < 126 else struct.pack("!BBH", 0x80 | opcode, 126, size)
        try:
            self.socket.sendall(head + payload)
        except OSError as broken:
            raise Gone from broken

    def receive(self):
        """The next text frame, as JSON. Pings are answered, and a close frame is."""
        message = b""
        while True:
            last, opcode, payload = self._frame()
            if opcode == 8:
                self._write(8, payload)
                self.socket.close()
                raise Gone
            if opcode == 9:
                self.pings += 1
                if self.answers_pings:
                    self._write(10, payload)
            elif opcode in (0, 1):
                message += payload
                if last:
                    return json.loads(message)

    def receive_message(self):
        """The next question: its id."""
        while True:
            frame = self.receive()
            if frame.get("action") == "message":
                return frame["data"]["messageId"]

    def send(self, frame):
        self._write(1, frame.encode() if isinstance(frame, str) else json.dumps(frame).encode())

    def close(self, code):
        self._write(8, struct.pack("!H", code))
        self.socket.close()

    def cut(self):
        """Ends the connection without a word; what was sent arrives."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def drop(self):
        """As a lost network does: what is on its way is lost too."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    # ---- the frames of a turn ----

    def accept(self, message_id, **more):
        self.send({"action": "message_received", "data": {
            "message": "Processing your request...", "messageId": message_id, "chatId": self.query.get("sessionId", ""),
            "timestamp": 1, **more}})

    def chunk(self, message_id, seq, text, last=False):
        self.send({"action": "llm_response_chunk", "data": {
            "text": text, "isComplete": last, "timestamp": 1, "messageId": message_id, "seq": seq}})

    def complete(self, message_id, text):
        self.send({"message": "LLM response complete", "data": {
            "message": text, "sender": "assistant", "isComplete": True, "timestamp": 1, "messageId": message_id,
            "chatId": self.query.get("sessionId", ""), "finishReason": "stop",
            "usage": {"promptTokens": 1, "completionTokens": 2}, "ttftMs": 1, "durationMs": 2}})

    def linger(self):
        """Reads until the client ends it."""
        while True:
            self.receive()


class ScriptedGateway:
    """Runs `script(connection)` for each connection, in a thread of its own, until it returns or the client goes.
    `unhurried` keeps what the kernel takes in small, as for a client far away. Use it in a `with` block."""

    def __init__(self, script, unhurried=False):
        self.script = script
        self.opened = []  # when each connection was opened
        self.chats = []  # the session id of each
        self.failures = []
        self.connections = []
        self.listener = socket.socket()
        if unhurried:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(128)
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}/prod"
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            connection.socket.close()
        assert not self.failures, self.failures

    def _serve(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._play, args=(sock, len(self.opened)), daemon=True).start()
            self.opened.append(time.monotonic())

    def _play(self, sock, number):
        try:
            connection = Connection(sock, number)
            self.connections.append(connection)
            self.chats.append(connection.query.get("sessionId"))
            self.script(connection)
        except Gone:
            pass
        except Exception as failure:  # the test's thread must hear of it
            self.failures.append(failure)
