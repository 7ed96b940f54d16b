"""What the integration tests share: the built binaries as processes, and a WebSocket client that can misbehave.

Standard library only, so that it is a foreign client in every sense.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import time
import unittest
from urllib.parse import quote, urlsplit

BIN = os.environ["WSDEEP_BIN"]
WSDEEP = os.path.join(BIN, "wsdeep")
TIMEOUT = 60
# What ends at once may take so long where more tests run than there are cores.
AT_ONCE = 5


class Run:
    """A command that has ended."""

    def __init__(self, completed):
        self.code = completed.returncode
        self.out = completed.stdout.decode(errors="replace")
        self.err = completed.stderr.decode(errors="replace")

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}"


class WebSocketClosed(Exception):
    def __init__(self, code, reason=""):
        super().__init__(f"closed {code} {reason}")
        self.code = code
        self.reason = reason


class HandshakeRefused(Exception):
    def __init__(self, status, headers, body):
        super().__init__(f"refused with {status}: {body}")
        self.status = status
        self.headers = headers
        self.body = body


class WebSocket:
    """RFC 6455 by hand: whole control over frames, and no courtesy that a test did not ask for."""

    def __init__(self, url, token=None, headers=None, ca_file=None, timeout=TIMEOUT):
        parts = urlsplit(url)
        secure = parts.scheme == "wss"
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if secure:
            context = ssl.create_default_context(cafile=ca_file)
            self.socket = context.wrap_socket(self.socket, server_hostname=parts.hostname)
        self.buffer = b""
        self._shake_hands(parts, token, headers or {})

    def _shake_hands(self, parts, token, headers):
        target = parts.path + ("?" + parts.query if parts.query else "")
        lines = [
            f"GET {target} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(secrets.token_bytes(16)).decode()}",
            "Sec-WebSocket-Version: 13",
        ]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            self._fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status_line, *fields = head.decode().split("\r\n")
        self.response_headers = {k.lower(): v for k, v in (f.split(": ", 1) for f in fields if ": " in f)}
        status = int(status_line.split()[1])
        if status != 101:
            length = int(self.response_headers.get("content-length", "0"))
            while len(self.buffer) < length:
                self._fill()
            self.socket.close()
            raise HandshakeRefused(status, self.response_headers, self.buffer[:length].decode())

    def _fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise WebSocketClosed(1006)
        self.buffer += data

    def _take(self, count):
        while len(self.buffer) < count:
            self._fill()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def send_frame(self, payload, opcode=1, fin=True):
        """One frame exactly as given, masked as a client must."""
        first = (0x80 if fin else 0) | opcode
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", first, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", first, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", first, 0x80 | 127, size)
        mask = secrets.token_bytes(4)
        masked = bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if size < 4096 else self._mask(payload, mask)
        self.socket.sendall(head + mask + masked)

    @staticmethod
    def _mask(payload, mask):
        repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
        return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")

    def send_text(self, text, frame_bytes=32 * 1024):
        data = text.encode() if isinstance(text, str) else text
        pieces = [data[i : i + frame_bytes] for i in range(0, len(data), frame_bytes)] or [b""]
        for index, piece in enumerate(pieces):
            self.send_frame(piece, opcode=1 if index == 0 else 0, fin=index == len(pieces) - 1)

    def send(self, frame):
        self.send_text(json.dumps(frame))

    def receive_frame(self):
        first, second = self._take(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self._take(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._take(8))
        return first & 0x0F, bool(first & 0x80), self._take(size)

    def receive_text(self):
        """The next text message; pings are answered. Raises WebSocketClosed at the end."""
        message = b""
        while True:
            opcode, fin, payload = self.receive_frame()
            if opcode == 9:
                self.send_frame(payload, opcode=10)
            elif opcode == 8:
                code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
                self.socket.close()
                raise WebSocketClosed(code, payload[2:].decode(errors="replace"))
            elif opcode in (0, 1):
                message += payload
                if fin:
                    return message.decode()

    def receive(self):
        return json.loads(self.receive_text())

    def receive_until(self, wanted):
        """Frames up to and including the first for which `wanted` is true."""
        frames = []
        while True:
            frames.append(self.receive())
            if wanted(frames[-1]):
                return frames

    def close_code(self):
        """Reads to the end; the code that the server closed with."""
        try:
            while True:
                self.receive_text()
        except WebSocketClosed as closed:
            return closed.code

    def close(self, code=1000):
        try:
            self.send_frame(struct.pack("!H", code), opcode=8)
            self.close_code()
        except OSError:
            pass
        self.socket.close()

    def drop(self):
        """Ends the connection without a word, as a lost network does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def is_completion(frame):
    return frame.get("message") == "LLM response complete"


def is_error(frame):
    return isinstance(frame.get("data"), dict) and frame["data"].get("error") is True


def turn_over(frame):
    return is_completion(frame) or is_error(frame)


class System:
    """A local system of its own, in a temporary folder."""

    program = WSDEEP

    def __init__(self, *options):
        self.state = tempfile.mkdtemp(prefix="wsdeep-test-")
        self.home = os.path.join(self.state, "home")
        os.mkdir(self.home)
        self.options = options
        self.info = None

    def environment(self):
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TERM")}
        return {**keep, "HOME": self.home, "WSDEEP_LOCAL_STATE": os.path.join(self.state, "local")}

    def run(self, *words, stdin=None, env=None, timeout=TIMEOUT):
        data = stdin.encode() if isinstance(stdin, str) else stdin
        return Run(
            subprocess.run(
                [self.program, *words],
                input=data,
                stdin=subprocess.DEVNULL if data is None else None,
                capture_output=True,
                env={**self.environment(), **(env or {})},
                timeout=timeout,
            )
        )

    def start(self, *words, env=None, **options):
        """A command that goes on in the background."""
        return subprocess.Popen(
            [self.program, *words],
            env={**self.environment(), **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    def up(self, *more, port=0):
        result = self.run("local", "up", "--detach", "--port", str(port), *self.options, *more)
        assert result.code == 0, result
        with open(os.path.join(self.state, "local", "server.json"), encoding="utf-8") as file:
            self.info = json.load(file)
        return self

    def down(self):
        result = self.run("local", "down")
        assert result.code == 0, result

    def status(self):
        return json.loads(self.run("local", "status", "--output", "json").out)

    def add_user(self, name, password="Correct-horse-7"):
        result = self.run("users", "create", name, "--email", f"{name}@example.com", "--password-stdin", stdin=password)
        assert result.code == 0, result
        result = self.run("login", name, "--password-stdin", stdin=password)
        assert result.code == 0, result

    def token(self, name, *options):
        result = self.run("token", name, *options)
        assert result.code == 0, result
        return result.out.strip()

    def connect(self, token, query="", **options):
        return WebSocket(self.info["url"] + query, token, ca_file=self.info["caFile"] or None, **options)

    def health(self):
        return json.loads(self.run("llm", "health", "--output", "json").out)

    def node_idle(self):
        """Waits until the node has no generation any more; its health."""
        return eventually(lambda: (lambda h: h if h["active"] == 0 and h["queued"] == 0 else None)(self.health()))

    def invoke(self, function, event):
        """Lambda's Invoke API, asynchronously; the status."""
        path = f"/2015-03-31/functions/{function}/invocations"
        return self.call_signed("lambda", path, event, {"x-amz-invocation-type": "Event"})[0]

    def cognito(self, operation, **fields):
        """An operation of the user pool; its answer."""
        target = {"x-amz-target": f"AWSCognitoIdentityProviderService.{operation}"}
        fields = {"UserPoolId": self.info["userPoolId"], **fields}
        status, answer = self.call_signed("cognito-idp", "/", fields, target)
        assert status == 200, answer
        return json.loads(answer)

    def call_signed(self, service, path, body, headers):
        """A POST of JSON, or of bytes, signed by hand; status and body of the answer. `headers` in order of their
        names."""
        info, body = self.info, body if isinstance(body, bytes) else json.dumps(body).encode()
        host = urlsplit(info["endpoint"]).netloc
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        scope = f"{now[:8]}/{info['region']}/{service}/aws4_request"
        signed = {"host": host, "x-amz-date": now, **headers}
        canonical = "\n".join(
            ["POST", quote(path, safe="/"), "", *(f"{k}:{v}" for k, v in signed.items()), "", ";".join(signed),
             hashlib.sha256(body).hexdigest()])
        to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + info["secretAccessKey"]).encode()
        for part in (*scope.split("/"), to_sign):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signed["authorization"] = (f"AWS4-HMAC-SHA256 Credential={info['accessKeyId']}/{scope}, "
                                   f"SignedHeaders={';'.join(signed)}, Signature={key.hex()}")
        connection = http.client.HTTPConnection(host, timeout=TIMEOUT)
        try:
            connection.request("POST", path, body, signed)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def connection_rows(self):
        """How many items the table of the connections has."""
        target = {"x-amz-target": "DynamoDB_20120810.Scan"}
        body = {"TableName": "wsdeep-connections", "Select": "COUNT"}
        status, answer = self.call_signed("dynamodb", "/", body, target)
        assert status == 200, answer
        return json.loads(answer)["Count"]

    def log(self, name):
        path = os.path.join(self.state, "local", "logs", name + ".log")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.startswith("{")]

    def processes(self):
        """The local system's process and all that it started, as `family` tells them."""
        return family(self.info["pid"])

    def pid_of(self, name):
        """The one process of the program `name`, such as wsdeep-generate."""
        found = []
        for pid in self.processes():
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if os.path.basename(file.read().split(b"\0")[0]).decode() == name:
                    found.append(pid)
        if len(found) != 1:
            raise AssertionError(f"{len(found)} processes {name}")
        return found[0]

    def destroy(self):
        if self.info is not None:
            processes = self.processes()
            self.run("local", "down")
            for pid in alive(processes):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.state, ignore_errors=True)


def function_names():
    """The functions that are built, such as `message`: what the local system may run."""
    others = {"node", "lab"}
    return sorted({name.removeprefix("wsdeep-") for name in os.listdir(BIN) if name.startswith("wsdeep-")} - others)


def process_stat(pid):
    """The fields of /proc/PID/stat from its state on; nothing when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None


def family(first):
    """The process `first` and all that it started, each after its parent: pid → start time, which tells a reused pid."""
    started, children = {}, {}
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        if stat := process_stat(pid):
            started[pid] = stat[19]
            children.setdefault(int(stat[1]), []).append(pid)
    found = [first]
    for pid in found:
        found += children.get(pid, [])
    return {pid: started.get(pid) for pid in found}


def alive(processes):
    """Those of `processes`, pid → start time, that still run. One that has ended may stay in /proc for long: its parent
    may be gone, and who has it then may be busy, or never look."""
    stats = {pid: process_stat(pid) for pid in processes}
    return [pid for pid, stat in stats.items() if stat and stat[19] == processes[pid] and stat[0] != "Z"]


def eventually(probe, seconds=20):
    """The first true result of `probe`; fails the test when none comes in time."""
    end = time.monotonic() + seconds
    while True:
        result = probe()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"still {result!r} after {seconds} s")
        time.sleep(0.02)


def read_until(file, words):
    """Reads a program's output, bytes, up to the line that holds `words`; fails the test when it ends without."""
    seen = []
    for line in file:
        seen.append(line)
        if words.encode() in line:
            return
    raise AssertionError(f"ended without {words!r}: {b''.join(seen).decode(errors='replace')}")


class SystemTest(unittest.TestCase):
    """One local system for all tests of a class; `OPTIONS` are those of `local up`."""

    OPTIONS = ()
    USERS = ("alice",)

    @classmethod
    def setUpClass(cls):
        cls.system = System("--sim", "ttft=20ms", "--sim", "inter-token=2ms", *cls.OPTIONS)
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        for user in cls.USERS:
            cls.system.add_user(user)

    def ask(self, socket, text, **data):
        """Asks and returns all frames of the turn."""
        socket.send({"action": "message", "data": {"message": text, **data}})
        return socket.receive_until(turn_over)

    def answer_of(self, frames):
        """Checks that a turn's frames are whole; the answer."""
        self.assertEqual(frames[0]["action"], "message_received", frames[0])
        message_id = frames[0]["data"]["messageId"]
        chunks = [f["data"] for f in frames if f.get("action") == "llm_response_chunk"]
        self.assertTrue(is_completion(frames[-1]), frames[-1])
        self.assertEqual([c["seq"] for c in chunks], list(range(len(chunks))))
        self.assertEqual({c["messageId"] for c in chunks}, {message_id})
        self.assertEqual([c["isComplete"] for c in chunks], [False] * (len(chunks) - 1) + [True])
        text = "".join(c["text"] for c in chunks)
        self.assertEqual(text, frames[-1]["data"]["message"])
        return text
