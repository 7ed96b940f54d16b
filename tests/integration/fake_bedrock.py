"""Amazon Bedrock as its callers know it: ConverseStream and InvokeAgent, whose answers are event streams. It checks every
signature with botocore, and answers what a test asks for, cut where the test wants it. That what it sends is Bedrock's
form is proven by botocore's own client, which reads it."""

import base64
import binascii
import json
import random
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from serving import serve

KEY, SECRET, TOKEN = "AKIDBEDROCK", "bedrock-secret", "bedrock-session-token"
REGION = "eu-central-1"
EVENT_STREAM = "application/vnd.amazon.eventstream"


def message(headers, payload):
    """One message of an event stream; `headers` are texts."""
    block = b"".join(
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
        for name, value in headers.items())
    prelude = struct.pack("!II", 16 + len(block) + len(payload), len(block))
    prelude += struct.pack("!I", binascii.crc32(prelude))
    whole = prelude + block + payload
    return whole + struct.pack("!I", binascii.crc32(whole))


def event(name, **fields):
    return message({":event-type": name, ":content-type": "application/json", ":message-type": "event"},
                   json.dumps(fields).encode())


def exception(name, text):
    return message({":exception-type": name, ":content-type": "application/json", ":message-type": "exception"},
                   json.dumps({"message": text}).encode())


def says(*words, thoughts=(), stop="end_turn", usage=None):
    """An answer of ConverseStream's, event by event."""
    events = [event("messageStart", role="assistant", p="abcdefg")]
    for index, (kind, pieces) in enumerate((("thought", thoughts), ("text", words))):
        for piece in pieces:
            delta = {"reasoningContent": {"text": piece}} if kind == "thought" else {"text": piece}
            events.append(event("contentBlockDelta", contentBlockIndex=index, delta=delta, p="abc"))
        if pieces:
            events.append(event("contentBlockStop", contentBlockIndex=index, p="ab"))
    usage = usage or {"inputTokens": 11, "outputTokens": 7, "totalTokens": 18}
    return [*events, event("messageStop", stopReason=stop), event("metadata", usage=usage, metrics={"latencyMs": 400})]


def agent_says(*parts, usage=(21, 9)):
    """An answer of InvokeAgent's: traces, and the text as bytes."""
    step = {"modelInvocationOutput": {"traceId": "t-1", "metadata": {
        "usage": {"inputTokens": usage[0], "outputTokens": usage[1]}}}}
    trace = event("trace", agentId="AGENT12345", agentAliasId="ALIAS12345", sessionId="s",
                  trace={"orchestrationTrace": step})
    rationale = event("trace", agentId="AGENT12345", trace={
        "orchestrationTrace": {"rationale": {"text": "the agent's own business", "traceId": "t-1"}}})
    return [rationale, trace] + [
        event("chunk", bytes=base64.b64encode(part if isinstance(part, bytes) else part.encode()).decode())
        for part in parts]


class Play:
    """How one request is answered."""

    def __init__(self, events=(), status=200, body=None, code=None, headers=None, cut_at=None, flip=None, hold=None,
                 hold_at=None, pieces=None, content_type=EVENT_STREAM, hang_up=False):
        self.events = list(events)
        self.status, self.body, self.code, self.headers = status, body, code, headers or {}
        self.cut_at = cut_at  # bytes of the stream, and then the connection ends
        self.flip = flip  # a byte of the stream that is wrong
        self.hold = hold  # an Event: nothing goes out before it is set, or what comes behind `hold_at` bytes
        self.hold_at = hold_at or 0
        self.pieces = pieces  # a seed: the stream goes out in random pieces
        self.content_type = content_type
        self.hang_up = hang_up  # the request is taken, and the connection ends

    def stream(self):
        data = bytearray(b"".join(self.events))
        if self.flip is not None:
            data[self.flip] ^= 1
        return bytes(data)


class FakeBedrock:
    """`plays` are the answers, one a request, in order; the last one is given again and again."""

    def __init__(self, *plays):
        self.plays = list(plays)
        self.requests = []  # (path, body, headers)
        self.faults = []  # what a request had wrong
        self.gone = threading.Event()  # somebody hung up in the middle of an answer
        self.lock = threading.Lock()
        bedrock = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                bedrock.answer(self)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = serve(self.server)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def environment(self):
        """How AWS is called, so that it is called here."""
        return {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN,
                "AWS_REGION": REGION, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": self.url,
                "AWS_ENDPOINT_URL_BEDROCK_AGENT_RUNTIME": self.url}

    def signature_fault(self, handler, body):
        """What botocore would have signed otherwise; empty: nothing."""
        given = handler.headers.get("Authorization", "")
        parts = dict(part.strip().split("=", 1) for part in given.partition(" ")[2].split(",") if "=" in part)
        names = parts.get("SignedHeaders", "").split(";")
        if handler.headers.get("X-Amz-Security-Token") != TOKEN or not {"host", "x-amz-date"} <= set(names):
            return f"signed is {names}"
        request = AWSRequest(method="POST", url=f"http://{handler.headers['Host']}{handler.path}", data=body,
                             headers={name: handler.headers[name] for name in names})
        request.context["timestamp"] = handler.headers["X-Amz-Date"]
        signer = botocore.auth.SigV4Auth(Credentials(KEY, SECRET, TOKEN), "bedrock", REGION)
        canonical = signer.canonical_request(request)
        wanted = signer.signature(signer.string_to_sign(request, canonical), request)
        if parts.get("Credential") != f"{KEY}/{signer.credential_scope(request)}":
            return f"the key is {parts.get('Credential')}"
        return "" if wanted == parts.get("Signature") else f"signature of {canonical!r} is {wanted}"

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        with self.lock:
            if fault := self.signature_fault(handler, body):
                self.faults.append(fault)
            self.requests.append((handler.path, json.loads(body), dict(handler.headers)))
            play = self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]
        try:
            if play.hang_up:
                handler.connection.shutdown(socket.SHUT_RDWR)
                handler.close_connection = True
            elif play.status != 200:
                self.refuse(handler, play)
            else:
                self.stream(handler, play)
        except OSError:
            self.gone.set()
            handler.close_connection = True

    @staticmethod
    def refuse(handler, play):
        text = play.body if play.body is not None else json.dumps({"message": f"played {play.code}"})
        data = text.encode()
        handler.send_response(play.status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("x-amzn-RequestId", "r-1")
        if play.code:
            handler.send_header("x-amzn-ErrorType", f"{play.code}:http://internal.amazon.com/coral/")
        for name, value in play.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def stream(self, handler, play):
        if play.hold and not play.hold_at:
            self.wait(handler, play.hold)
        handler.send_response(200)
        handler.send_header("Content-Type", play.content_type)
        handler.send_header("x-amzn-RequestId", "r-1")
        handler.send_header("x-amzn-bedrock-agent-content-type", "application/json")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        data, rng, at = play.stream(), random.Random(play.pieces), 0
        end = len(data) if play.cut_at is None else play.cut_at
        while at < end:
            size = end - at if play.pieces is None else rng.choice((1, 2, 3, 7, 40, 300))
            if play.hold and play.hold_at and at <= play.hold_at:
                if at == play.hold_at:
                    self.wait(handler, play.hold)
                else:
                    size = min(size, play.hold_at - at)
            piece = data[at : min(at + size, end)]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            handler.wfile.flush()
            at += len(piece)
        if play.cut_at is not None:
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        handler.wfile.write(b"0\r\n\r\n")

    def wait(self, handler, until):
        """Waits for the test's word; or for the caller's going, which is told."""
        handler.connection.settimeout(0.05)
        while not until.is_set():
            try:
                if handler.connection.recv(1, socket.MSG_PEEK) == b"":
                    self.gone.set()
                    raise ConnectionError("gone")
            except TimeoutError:
                continue
        handler.connection.settimeout(None)
