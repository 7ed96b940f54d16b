"""What plays around a lab's server in its test: the pool, the receiver of pushes, Redis, a client; and the server itself."""

import base64
import http.client
import http.server
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import uuid
from urllib.parse import unquote

from harness import BIN, eventually
from scripted_backend import signature
from serving import serve

LAB = os.path.join(BIN, "wsdeep-lab")
SECRET = "a-secret-of-the-lab-and-the-service-0123456789"
CLIENT = "4examp1ec1ient"


def setUpModule():
    if not shutil.which("redis-server"):
        raise unittest.SkipTest("redis-server is not installed (cli/prepare ci)")
    if subprocess.run(["unshare", "-Urm", "true"], capture_output=True, check=False).returncode != 0:
        raise unittest.SkipTest("this system allows no user namespaces, without which there are no sessions")


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"{}"):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def served(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    serve(server)
    return server


class Pool:
    """An issuer: a key, its page, and tokens."""

    def __init__(self, folder):
        self.key = os.path.join(folder, "pool.pem")
        # Three primes are found in a third of the time of two.
        subprocess.run(["openssl", "genrsa", "-primes", "3", "-out", self.key, "2048"], capture_output=True, check=True)
        modulus = subprocess.run(["openssl", "rsa", "-in", self.key, "-noout", "-modulus"], capture_output=True,
                                 check=True).stdout.decode().strip().partition("=")[2]
        page = json.dumps({"keys": [{"kid": "k1", "kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB",
                                     "n": b64(bytes.fromhex(modulus))}]}).encode()

        class Page(Quiet):
            def do_GET(self):
                self.answer(200, page)

        self.server = served(Page)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/pool"

    def token(self, user, **claims):
        now = int(time.time())
        head = b64(json.dumps({"alg": "RS256", "kid": "k1"}).encode())
        body = b64(json.dumps({"sub": user, "iss": self.issuer, "aud": CLIENT, "token_use": "id", "iat": now,
                               "exp": now + 3600, "cognito:username": user, **claims}).encode())
        signed = f"{head}.{body}"
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=signed.encode(),
                                   capture_output=True, check=True).stdout
        return f"{signed}.{b64(signature)}"


class Pushes:
    """Where pushes go: keeps each connection's frames in the order in which they came, and checks who sent them."""

    def __init__(self):
        self.secrets = [SECRET]
        self.signers = []  # the secret by which each was signed
        self.frames = {}
        self.unsigned = []
        self.status = {}  # connection → what is answered instead of 200
        self.delay = 0
        outer = self

        class Receiver(Quiet):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stamp, path = self.headers.get("X-Wsdeep-Timestamp", ""), unquote(self.path)
                given = self.headers.get("X-Wsdeep-Signature")
                by = [one for one in outer.secrets if given == signature(one, "POST", path, stamp, body)]
                if not by:
                    outer.unsigned.append(path)
                    return self.answer(401)
                outer.signers += by
                connection = path.rpartition("/")[2]
                time.sleep(outer.delay)
                status = outer.status.get(connection, 200)
                if status == 200:
                    outer.frames.setdefault(connection, []).append(json.loads(body))
                return self.answer(status)

        self.server = served(Receiver)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def url(self, connection):
        return f"{self.origin}/push/{connection.replace('=', '%3D')}"

    def of(self, connection):
        return self.frames.get(connection, [])

    def text(self, connection):
        """What its terminal was sent, a screen anew or output."""
        return "".join(f["data"] for f in self.of(connection) if f["type"] in ("output", "screen"))

    def wait(self, connection, wanted, seconds=20):
        return eventually(lambda: next((f for f in self.of(connection) if wanted(f)), None), seconds)


class Redis:
    def __init__(self, folder, *options):
        self.folder = folder
        self.options = options
        self.process = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--save", "", "--dir", self.folder, *self.options],
            stdout=subprocess.DEVNULL)

        def answers():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        eventually(answers)
        return self

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()


class Lab:
    def __init__(self, pool, redis, pushes, *options, waits_for_redis=True, **more):
        self.secret = SECRET  # that `signed` signs with
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [LAB, "--listen", "127.0.0.1:0", "--issuer", pool.issuer, "--client-id", CLIENT,
             "--jwks-url", pool.issuer + "/.well-known/jwks.json", "--redis", redis.url,
             "--push-origin", pushes.origin, *options],
            env={"WSDEEP_LAB_SECRET": SECRET, "PATH": os.environ["PATH"], "AWS_SECRET_ACCESS_KEY": "not-for-sessions"},
            stdout=subprocess.PIPE, stderr=self.errors, **more)
        line = self.process.stdout.readline().decode().strip()
        if not line:
            self.process.wait()
            raise AssertionError(self.log())
        self.port = int(line.rpartition(":")[2])
        if waits_for_redis:
            eventually(lambda: self.call("GET", "/health")[1]["redis"] == "up")

    def log(self):
        return os.pread(self.errors.fileno(), 1 << 20, 0).decode()

    def call(self, method, path, token=None, body=None, headers=None, timeout=40):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = "Bearer " + token
        data = body
        if body is not None and not isinstance(body, bytes):
            data = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection.request(method, path, data, sent)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        self.headers = dict(response.getheaders())
        return response.status, json.loads(text) if text else None

    def signed(self, path, body, push_url="", stamp=None, **headers):
        data = json.dumps(body).encode()
        stamp = stamp or str(int(time.time()))
        covered = {"X-Push-Url": push_url} if push_url else {}
        return self.call("POST", path, body=data, headers={
            "Content-Type": "application/json", "X-Wsdeep-Timestamp": stamp,
            "X-Wsdeep-Signature": signature(self.secret, "POST", path, stamp, data, covered), **covered, **headers})

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
        self.process.stdout.close()
        self.errors.close()


class Client:
    """A connection of the service's to a session, as the service tells of it."""

    def __init__(self, lab, pushes, session, user, connection=None):
        self.lab, self.pushes, self.session, self.user = lab, pushes, session, user
        self.connection = connection or uuid.uuid4().hex[:12] + "="
        self.seq = 0

    def send(self, **frame):
        status, answer = self.lab.signed(
            "/api/ws/message",
            {**frame, "connectionId": self.connection, "sessionId": self.session, "userId": self.user},
            self.pushes.url(self.connection))
        assert status == 200, (status, answer)
        return answer

    def attach(self, cols=80, rows=24, **more):
        self.seq = 0
        return self.send(type="attach", cols=cols, rows=rows, **more)

    def type(self, text):
        answer = self.send(type="input", data=text, seq=self.seq)
        self.seq += 1
        return answer

    def run(self, command):
        answer = self.send(type="command", command=command)
        if answer["type"] == "command_running":  # on a busy machine
            running = answer["commandId"]
            answer = self.pushes.wait(self.connection, lambda f: f["type"] == "command_result" and f["commandId"] == running,
                                      60)
        assert answer["type"] == "command_result", answer
        return answer["result"]["exitCode"], answer["result"]["output"]

    def sees(self, text, seconds=20):
        eventually(lambda: text in self.pushes.text(self.connection), seconds)
