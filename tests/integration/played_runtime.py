"""A Lambda function alone: its program, with a Runtime API and services that the test plays. Standard library only."""

import http.server
import json
import os
import queue
import subprocess
import sys
import time

from harness import BIN, TIMEOUT
from serving import serve


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        # A function that was killed leaves its connections behind; anything else is a fault of this test.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, address)


class Service:
    """An HTTP server on a port of its own; `answer(handler, body)` is called for each request."""

    def __init__(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                answer(self, self.rfile.read(int(self.headers.get("Content-Length", "0"))))

            do_GET = do_POST = handle_one

            def log_message(self, *_):
                pass

            def reply(self, status, body=b"", content_type="application/json", **headers):
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        serve(self.server)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class PlayedFunction:
    """The program `wsdeep-NAME`, which answers one event after another."""

    def __init__(self, name, log, **environment):
        self.events, self.answers = queue.Queue(), queue.Queue()
        self.patience = None  # seconds for each event; without it far more than any needs
        self.runtime = Service(self.serve)
        with open(log, "wb") as file:
            self.process = subprocess.Popen(
                [os.path.join(BIN, "wsdeep-" + name)], stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                env={"AWS_LAMBDA_RUNTIME_API": self.runtime.address, "AWS_REGION": "us-east-1",
                     "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", **environment})

    def serve(self, request, body):
        if not request.path.endswith("/invocation/next"):
            self.answers.put((request.path.rsplit("/", 1)[1], json.loads(body)))
            return request.reply(202)
        event = self.events.get()
        if event is None:
            return request.reply(500)
        deadline = int((time.time() + self.patience) * 1000) if self.patience else 4102444800000
        return request.reply(200, json.dumps(event).encode(), Lambda_Runtime_Aws_Request_Id="request-1",
                             Lambda_Runtime_Deadline_Ms=str(deadline),
                             Lambda_Runtime_Invoked_Function_Arn="arn:aws:lambda:us-east-1:123456789012:function:it")

    def call(self, event):
        """What it answers."""
        self.events.put(event)
        kind, answer = self.answers.get(timeout=TIMEOUT)
        assert kind == "response", answer
        return answer

    def close(self):
        self.events.put(None)
        self.process.kill()
        self.process.wait()
        self.runtime.close()
