"""What a client may send to a node, byte by byte: name → script. Each is played on a connection of its own, whose answer
is read afterwards."""

import struct

from http2_frames import (CONTINUATION, DATA, END_HEADERS, HEADERS, PING, PREFACE, block, data, frame, grpc_message,
                          headers, integer_varint, proto_text, reset, settings)

GENERATE = "/llm.LLMService/GenerateStream"
HEAD = {":method": "POST", ":scheme": "http", ":path": GENERATE, ":authority": "node", "te": "trailers",
        "content-type": "application/grpc"}
QUESTION = proto_text("hi")
OPENING = PREFACE + settings()


def head(end=False, stream=1, without=(), **changes):
    """The head of a good request, but for what is taken away or changed; `_` in names stands for `-` or a leading `:`."""
    fields = {name: value for name, value in HEAD.items() if name not in without}
    for name, value in changes.items():
        name = name.replace("_", "-")
        fields[":" + name if ":" + name in HEAD else name] = value
    return headers(*fields.items(), end=end, stream=stream)


def sends(*pieces):
    return lambda peer: peer.send(OPENING, *pieces)


def sends_alone(*pieces):
    return lambda peer: peer.send(*pieces)


def asks(payload, **changes):
    """A whole request with this message."""
    return sends(head(**changes), data(grpc_message(payload), end=True))


def sends_and_closes(*pieces):
    def play(peer):
        peer.send(OPENING, *pieces)
        peer.socket.shutdown(1)
    return play


def sends_and_aborts(*pieces):
    def play(peer):
        peer.send(OPENING, *pieces)
        peer.abort()
    return play


def parameters(payload):
    return QUESTION + bytes([2 << 3 | 2]) + integer_varint(len(payload)) + payload


REQUESTS = {
    "a good request": asks(QUESTION),
    # Paths and heads.
    "an unknown method": asks(QUESTION, path="/llm.LLMService/Nope"),
    "an unknown service": asks(QUESTION, path="/other.Service/GenerateStream"),
    "the path /": asks(QUESTION, path="/"),
    "an empty path": asks(QUESTION, path=""),
    "a path without a slash": asks(QUESTION, path="llm.LLMService/GenerateStream"),
    "a path of 6 KB": asks(QUESTION, path="/" + "x" * 6000),
    "a path that is not UTF-8": asks(QUESTION, path=b"/\xff\xfe"),
    "no :path": asks(QUESTION, without=(":path",)),
    "no :method": asks(QUESTION, without=(":method",)),
    "GET": asks(QUESTION, method="GET"),
    "PUT": asks(QUESTION, method="PUT"),
    "no :scheme": asks(QUESTION, without=(":scheme",)),
    "an unknown :scheme": asks(QUESTION, scheme="gopher"),
    "no :authority": asks(QUESTION, without=(":authority",)),
    "no te": asks(QUESTION, without=("te",)),
    "no content-type": asks(QUESTION, without=("content-type",)),
    "text/html": asks(QUESTION, content_type="text/html"),
    "grpc-web": asks(QUESTION, content_type="application/grpc-web"),
    "a browser's page": sends(headers((":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "node"),
                                      ("user-agent", "Mozilla/5.0"), ("accept", "text/html"), end=True)),
    "no fields at all": sends(frame(HEADERS, END_HEADERS | 1, 1)),
    "20 KB of metadata": asks(QUESTION, x="y" * 15_000, z="y" * 5_000),
    "metadata that is not ASCII": asks(QUESTION, cookie=b"a=\xff; \x01", x_bin="!!!"),
    "a capital letter in a name": asks(QUESTION, X="y"),
    # Messages.
    "no message": sends(head(end=True)),
    "an empty DATA frame": sends(head(), data(b"", end=True)),
    "an empty message": asks(b""),
    "a message that cannot be decoded": asks(b"\x0a\xff\xff"),
    "a prompt that is not UTF-8": asks(proto_text(b"a\xffb")),
    "unknown fields": asks(QUESTION + proto_text("what?", field=15)),
    "a role that is none": asks(proto_text(proto_text("root") + proto_text("hi", field=2), field=3)),
    "max_tokens of 0": asks(parameters(b"\x10\x00")),
    "max_tokens of -1": asks(parameters(b"\x10" + b"\xff" * 9 + b"\x01")),
    "a temperature that is no number": asks(parameters(b"\x0d" + struct.pack("<f", float("nan")))),
    "half a message": sends(head(), data(grpc_message(QUESTION)[:7], end=True)),
    "a message of 4 GB": sends(head(), data(grpc_message(QUESTION, length=0xFFFFFFFF), end=True)),
    "a frame type of 2": sends(head(), data(grpc_message(QUESTION, flag=2), end=True)),
    "compressed, by nobody knows what": sends(head(), data(grpc_message(QUESTION, flag=1), end=True)),
    "compressed by snappy": sends(head(grpc_encoding="snappy"), data(grpc_message(QUESTION, flag=1), end=True)),
    "compressed by gzip, broken": sends(head(grpc_encoding="gzip"), data(grpc_message(QUESTION, flag=1), end=True)),
    "two messages": sends(head(), data(grpc_message(QUESTION) * 2, end=True)),
    "a message in single bytes": sends(head(), *[data(grpc_message(QUESTION)[at:at + 1]) for at in range(9)],
                                       data(b"", end=True)),
    "trailers": sends(head(), data(grpc_message(QUESTION)), headers(("x", "y"), end=True)),
    "DATA after the end": sends(head(), data(grpc_message(QUESTION), end=True), data(QUESTION)),
    # Deadlines.
    "a deadline of 0": asks(QUESTION, grpc_timeout="0n"),
    "a deadline of 1 ns": asks(QUESTION, grpc_timeout="1n"),
    "a deadline of letters": asks(QUESTION, grpc_timeout="soon"),
    "a deadline below 0": asks(QUESTION, grpc_timeout="-1S"),
    "a deadline of 11,000 years": asks(QUESTION, grpc_timeout="99999999H"),
    # The end at each step.
    "reset after the head": sends(head(), reset(8)),
    "reset after half a message": sends(head(), data(grpc_message(QUESTION)[:7]), reset(8)),
    "reset after the request": sends(head(), data(grpc_message(QUESTION), end=True), reset(8)),
    "100 requests, each reset": sends(*[head(stream=at) + data(grpc_message(QUESTION), end=True, stream=at)
                                        + reset(8, stream=at) for at in range(1, 200, 2)]),
    "the end after the head": sends_and_closes(head()),
    "the end after half a message": sends_and_closes(head(), data(grpc_message(QUESTION)[:7])),
    "the end after the request": sends_and_closes(head(), data(grpc_message(QUESTION), end=True)),
    "a reset connection after the request": sends_and_aborts(head(), data(grpc_message(QUESTION), end=True)),
    "no window for the answer": sends_alone(PREFACE, settings((4, 0)), head(), data(grpc_message(QUESTION), end=True)),
    # No HTTP/2.
    "HTTP/1.1": sends_alone(b"GET / HTTP/1.1\r\nHost: node\r\n\r\n"),
    "a TLS hello": sends_alone(bytes.fromhex("16030100c6010000c20303") + bytes(192)),
    "half a preface": sends_alone(PREFACE[:10]),
    "a preface, and no SETTINGS": sends_alone(PREFACE, head(), data(grpc_message(QUESTION), end=True)),
    # Frames out of order.
    "a request on stream 2": sends(head(stream=2), data(grpc_message(QUESTION), end=True, stream=2)),
    "a request on stream 0": sends(head(stream=0)),
    "DATA before HEADERS": sends(data(grpc_message(QUESTION)), head(), data(grpc_message(QUESTION), end=True)),
    "CONTINUATION alone": sends(frame(CONTINUATION, END_HEADERS, 1, block(("x", "y")))),
    "HEADERS never ended, then DATA": sends(frame(HEADERS, 0, 1, block(*HEAD.items())), data(QUESTION)),
    "a frame of 16 MB": sends(head(), frame(DATA, 0, 1, b"", length=0xFFFFFF)),
    "an unknown frame": sends(frame(0xBB, 0xFF, 1, b"?"), head(), data(grpc_message(QUESTION), end=True)),
    "PING of 7 bytes": sends(frame(PING, payload=b"1234567")),
    "10000 SETTINGS": sends(settings() * 10_000, head(), data(grpc_message(QUESTION), end=True)),
    "HPACK, index 200": sends(frame(HEADERS, END_HEADERS | 1, 1, b"\xff\x49")),
}
