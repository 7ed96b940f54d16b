"""A backend by hand, which answers what a test tells it to, or nothing, and can go away and come back."""

import contextlib
import hashlib
import hmac
import http.server
import json
import socket
import sys
import threading
import time

from serving import serve

VALID = (200, {}, b'{"valid":true}')


SIGNED = ("authorization", "x-connection-id", "x-push-url", "x-session-id", "x-user-id")


def signature(secret, method, path, timestamp, body, headers=None):
    """As the README says, and in nobody's words but Python's."""
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    lines = "".join(f"{name}:{sent[name]}\n" for name in SIGNED if sent.get(name))
    text = f"{method}\n{path}\n{timestamp}\n{lines}\n".encode() + body
    return "v2=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Ends the connections that are kept alive, too; and says nothing when its clients end theirs."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.open = set()

    def process_request(self, request, client_address):
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self.open.discard(request)
        super().shutdown_request(request)

    def hang_up(self):
        for one in list(self.open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class ScriptedBackend:
    """`answers[path]`: what a request for that path gets, (status, headers, body), or a function of the request that gives
    it; None: nothing, ever. `requests` are those that came."""

    def __init__(self, secret=None):
        self.secret, self.port, self.server = secret, 0, None
        self.requests, self.arrived = [], threading.Condition()
        self.release = threading.Event()
        self.answers = {}
        self.start()

    def start(self):
        self.server = Server(("127.0.0.1", self.port), self.handler(), bind_and_activate=False)
        self.server.allow_reuse_address = True
        self.server.daemon_threads = True
        self.server.server_bind()
        self.server.server_activate()
        self.port = self.server.server_address[1]
        serve(self.server)

    def stop(self):
        """Nobody listens any more, and who was connected hears nothing."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server.hang_up()
            self.server = None

    def destroy(self):
        self.release.set()
        self.stop()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def answer_to(self, request):
        path = request["path"]
        usual = self.answers.get("validate", VALID) if path.endswith("/validate") else (200, {}, b'{"success":true}')
        answer = self.answers.get(path, usual)
        return answer(request) if callable(answer) else answer

    def wait_for(self, path, count=1, seconds=20):
        """The first `count` requests for `path`, when they have come."""
        end = time.monotonic() + seconds
        with self.arrived:
            while True:
                found = [r for r in self.requests if r["path"] == path]
                if len(found) >= count:
                    return found
                if not self.arrived.wait(end - time.monotonic()):
                    raise AssertionError(f"{len(found)} requests for {path}")

    def count(self, path):
        with self.arrived:
            return sum(1 for r in self.requests if r["path"] == path)

    def handler(self):
        backend = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = {"method": self.command, "path": self.path, "headers": dict(self.headers.items()), "body": body}
                with backend.arrived:
                    backend.requests.append(request)
                    backend.arrived.notify_all()
                answer = backend.answer_to(request)
                if answer is None:
                    backend.release.wait(60)
                    self.close_connection = True
                    return
                status, headers, data = answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = serve

            def log_message(self, *_):
                pass

        return Handler


def json_answer(value, status=200):
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()
