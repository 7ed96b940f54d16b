"""An inference engine as nodes know it: OpenAI's and Ollama's HTTP, streamed, with the answer and the flaws that a test
asks for. It stands in for vLLM and Ollama, which need a GPU or gigabytes of weights."""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from serving import serve


class FakeEngine:
    """`words` is what it answers, `thoughts` what it thinks before; the last of `requests` is the newest."""

    MODEL = "deepseek-r1:8b"

    def __init__(self, words=("Hello", ",", " world"), thoughts=()):
        self.words = words
        self.thoughts = thoughts
        self.refusal = None  # (status, body) instead of an answer
        self.healthy = True
        self.hold_after = None  # pieces before it waits for `go_on`
        self.break_after = None  # pieces before it hangs up
        self.pace = None  # seconds between tokens of an answer without an end
        self.generated = 0  # tokens of such an answer
        self.key = None  # the one that it takes
        self.models = [self.MODEL]
        self.strict = False  # no other model is answered for, as vLLM does it
        self.pulls = []  # what a pull answers, one list of documents each time; then the model is there
        self.pulled = []  # the models that were asked for
        self.pull_on = threading.Event()  # a pull goes on behind its first document
        self.go_on = threading.Event()
        self.gone = threading.Event()  # somebody hung up in the middle of an answer
        self.requests = []
        self.page = None  # its page of metrics: (status, content type, bytes), or "never" for one that does not come
        engine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                engine.get(self)

            def do_POST(self):
                engine.post(self)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a node that hangs up is no fault of ours
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        serve(self.server)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()

    @staticmethod
    def reply(handler, status, body, content_type="application/json"):
        data = body if isinstance(body, bytes) else body.encode()
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def get(self, handler):
        if not self.healthy:
            return self.reply(handler, 503, "")
        if handler.path == "/metrics" and self.page:
            return self.give_page(handler)
        if self.key and handler.headers["Authorization"] != f"Bearer {self.key}":
            return self.reply(handler, 401, '{"error": "no"}')
        answers = {"/health": "", "/api/version": '{"version": "0.6.8"}',
                   "/v1/models": json.dumps({"object": "list", "data": [{"id": m, "object": "model"} for m in self.models]}),
                   "/api/tags": json.dumps({"models": [{"name": m} for m in self.models]})}
        self.reply(handler, 200 if handler.path in answers else 404, answers.get(handler.path, ""))

    def give_page(self, handler):
        if self.page == "never":
            return self.go_on.wait()
        status, content_type, body = self.page
        try:
            self.reply(handler, status, body, content_type)
        except OSError:
            handler.close_connection = True  # whoever asked has had enough

    def post(self, handler):
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.requests.append({"path": handler.path, "body": body, "headers": dict(handler.headers)})
        if handler.path == "/api/pull":
            return self.pull(handler, body["model"])
        if self.refusal:
            return self.reply(handler, *self.refusal)
        if self.strict and body["model"] not in self.models:
            return self.reply(handler, 404, json.dumps({"error": {
                "message": f"The model `{body['model']}` does not exist.", "type": "NotFoundError", "code": 404}}))
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        pieces = self.openai() if handler.path == "/v1/chat/completions" else self.ollama()
        try:
            for count, piece in enumerate(pieces):
                if count == self.break_after:
                    handler.close_connection = True
                    handler.connection.shutdown(socket.SHUT_RDWR)
                    return
                if count == self.hold_after:
                    self.wait_for_peer(handler)
                data = piece.encode()
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                handler.wfile.flush()
            handler.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.gone.set()
            handler.close_connection = True

    def pull(self, handler, model):
        self.pulled.append(model)
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        for document in self.pulls.pop(0):
            handler.wfile.write((json.dumps(document) + "\n").encode())
            self.pull_on.wait(30)
            if document.get("status") == "success":
                self.models = [model]
        handler.close_connection = True

    def endless(self):
        """Tokens at their pace until the node hangs up."""
        while True:
            time.sleep(self.pace)
            self.generated += 1
            yield f"t{self.generated} "

    def wait_for_peer(self, handler):
        """Until the test says go on, or the node hangs up."""
        handler.connection.settimeout(0.05)
        while not self.go_on.is_set():
            try:
                if not handler.connection.recv(1):
                    raise BrokenPipeError
            except TimeoutError:
                continue
        handler.connection.settimeout(None)

    def openai(self):
        def event(delta, reason=None):
            return "data: " + json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}) + "\n\n"

        yield ": keep-alive\n\n"
        yield event({"role": "assistant", "content": ""})
        for thought in self.thoughts:
            yield event({"reasoning_content": thought})
        for word in self.endless() if self.pace else self.words:
            yield event({"content": word})
        yield event({}, "stop")
        yield "data: " + json.dumps({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}) + "\n\n"
        yield "data: [DONE]\n\n"

    def ollama(self):
        for thought in self.thoughts:
            yield json.dumps({"message": {"role": "assistant", "content": "", "thinking": thought}, "done": False}) + "\n"
        for word in self.endless() if self.pace else self.words:
            yield json.dumps({"message": {"role": "assistant", "content": word}, "done": False}) + "\n"
        yield json.dumps({"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop",
                          "prompt_eval_count": 7, "eval_count": 3}) + "\n"
