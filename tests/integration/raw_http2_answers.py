"""What a server may answer, byte by byte: name → script. Each is played to every connection of a client."""

import gzip

from http2_frames import (CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PADDED, PING, PRIORITY, PUSH_PROMISE, RST_STREAM,
                          SETTINGS, WINDOW_UPDATE, block, data, frame, goaway, grpc_message, headers, proto_text,
                          reset, settings, window_update)

OK = (":status", "200")
GRPC = ("content-type", "application/grpc")
HELLO = grpc_message(proto_text("healthy"))
HEAD = headers(OK, GRPC)
DONE = headers(("grpc-status", "0"), end=True)
GOOD = HEAD + data(HELLO) + DONE


def says(*pieces, opening=()):
    """After the request's head."""
    def play(peer):
        peer.opened(*opening)
        peer.send(*pieces)
    return play


def says_and(ending, *pieces):
    def play(peer):
        peer.opened()
        peer.send(*pieces)
        ending(peer)
    return play


def at_once(*pieces, ending=None):
    """Before a byte of the client was read."""
    def play(peer):
        peer.send(*pieces)
        if ending:
            ending(peer)
    return play


def trailers_only(*fields):
    return says(headers(OK, GRPC, *fields, end=True))


def refuses_each(*fields):
    """Also what comes again on the same connection."""
    def play(peer):
        stream = peer.opened()[2]
        while True:
            peer.send(headers(OK, GRPC, *fields, end=True, stream=stream))
            stream = peer.until(HEADERS)[2]
    return play


def trailers(*fields):
    return says(HEAD, data(HELLO), headers(*fields, end=True))


def page(status, kind, body):
    return says(headers((":status", status), ("content-type", kind), ("server", "nginx"),
                        ("content-length", str(len(body)))), data(body, end=True))


def refuses_every(peer):
    stream = peer.opened()[2]
    while True:
        peer.send(reset(7, stream))
        stream = peer.until(HEADERS)[2]


def refuses_the_first(peer):
    peer.opened()
    peer.send(reset(7))
    stream = peer.until(HEADERS)[2]
    peer.send(headers(OK, GRPC, stream=stream), data(HELLO, stream=stream),
              headers(("grpc-status", "0"), end=True, stream=stream))


def goes_away_once(peer):
    peer.opened()
    peer.send(goaway(0) if peer.number == 1 else GOOD)


def close(peer):
    peer.end()


def abort(peer):
    peer.abort()


HTML = b"<html><head><title>Sign in</title></head><body>Please sign in.</body></html>"

ANSWERS = {
    # What is no gRPC server.
    "200 and nothing more (nginx: return 200)": says(headers(OK, ("server", "nginx"), end=True)),
    "200, plain text": page("200", "text/plain", b"ok\n"),
    "200, HTML": page("200", "text/html", HTML),
    "200, JSON": page("200", "application/json", b'{"status":"ok"}'),
    "200, empty body in DATA": says(headers(OK), data(b"", end=True)),
    "301": says(headers((":status", "301"), ("location", "https://example.com/"), end=True)),
    "400": page("400", "text/html", HTML),
    "401": page("401", "text/html", HTML),
    "403": page("403", "text/html", HTML),
    "404": page("404", "text/html", HTML),
    "429": page("429", "text/plain", b"slow down"),
    "464 (ALB: not gRPC behind it)": page("464", "text/plain", b""),
    "500": page("500", "text/html", HTML),
    "502": page("502", "text/html", HTML),
    "503": page("503", "text/html", HTML),
    "504": page("504", "text/html", HTML),
    "HTTP/1.1 400": at_once(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", ending=close),
    "HTTP/1.1 200": at_once(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + HTML, ending=close),
    "SSH": at_once(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
    "TLS alert": at_once(bytes.fromhex("15030300020246"), ending=close),
    "nothing": lambda peer: None,
    "closes at once": close,
    "resets at once": abort,
    # The opening.
    "half a SETTINGS frame": at_once(settings((3, 100))[:7], ending=close),
    "no SETTINGS": lambda peer: (peer.preface(), peer.until(HEADERS), peer.send(GOOD)),
    "an answer before the request": at_once(settings(), GOOD),
    "SETTINGS of 5 bytes": at_once(frame(SETTINGS, payload=b"12345")),
    "SETTINGS on a stream": at_once(frame(SETTINGS, stream=1)),
    "SETTINGS acknowledged with a payload": at_once(settings(), frame(SETTINGS, 1, payload=b"123456")),
    "SETTINGS, window of 2^32-1": at_once(settings((4, 0xFFFFFFFF))),
    "SETTINGS, frame size 0": at_once(settings((5, 0))),
    "SETTINGS, header table of 4 GB": says(GOOD, opening=((1, 0xFFFFFFFF),)),
    "SETTINGS, no streams": at_once(settings((3, 0))),
    "SETTINGS, unknown": says(GOOD, opening=((0xABCD, 7),)),
    "SETTINGS, header list of 0": says(GOOD, opening=((6, 0),)),
    "SETTINGS, 10000 times": at_once(settings() * 10_000),
    "no window": says(opening=((4, 0),)),
    "no window, and an answer": says(GOOD, opening=((4, 0),)),
    # GOAWAY.
    "GOAWAY, nothing else": at_once(goaway(0)),
    "GOAWAY after SETTINGS": at_once(settings(), goaway(0)),
    "GOAWAY after SETTINGS and the end": at_once(settings(), goaway(0), ending=close),
    "GOAWAY, calm down": at_once(settings(), goaway(0, 11, b"too_many_pings")),
    "GOAWAY for this call": says(goaway(0)),
    "GOAWAY for this call, protocol error": says(goaway(0, 1, b"what was that?")),
    "GOAWAY for this call, and an answer on the next connection": goes_away_once,
    "GOAWAY after this call": says(goaway(1), GOOD),
    "GOAWAY in two steps": says(goaway(0x7FFFFFFF), goaway(1), GOOD),
    "GOAWAY after the head": says(HEAD, goaway(1), data(HELLO), DONE),
    "GOAWAY after the head, for this call": says(HEAD, goaway(0)),
    "GOAWAY after the message, and the end": says_and(close, HEAD, data(HELLO), goaway(1)),
    "GOAWAY after the message, for this call": says_and(close, HEAD, data(HELLO), goaway(0)),
    "GOAWAY after the trailers": says_and(close, GOOD, goaway(1)),
    "GOAWAY cut short": says_and(close, goaway(0)[:12]),
    "GOAWAY of 4 bytes": says(frame(7, payload=b"1234")),
    # Frames out of order.
    "DATA before HEADERS": says(data(HELLO), HEAD, DONE),
    "DATA after trailers": says(GOOD, data(HELLO)),
    "HEADERS after trailers": says(GOOD, DONE),
    "DATA on another stream": says(data(HELLO, stream=3), GOOD),
    "DATA on stream 0": says(frame(DATA, payload=HELLO), GOOD),
    "HEADERS on stream 0": says(frame(HEADERS, END_HEADERS, 0, block(OK)), GOOD),
    "HEADERS on stream 2": says(headers(OK, stream=2), GOOD),
    "PUSH_PROMISE": says(frame(PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\2" + block((":path", "/"))), GOOD),
    "CONTINUATION alone": says(frame(CONTINUATION, END_HEADERS, 1, block(OK))),
    "HEADERS in two": says(frame(HEADERS, 0, 1, block(OK)), frame(CONTINUATION, END_HEADERS, 1, block(GRPC)),
                           data(HELLO), DONE),
    "HEADERS never ended, then DATA": says(frame(HEADERS, 0, 1, block(OK)), data(HELLO)),
    "HEADERS in 1000 empty CONTINUATIONs": says(frame(HEADERS, 0, 1, block(OK)),
                                                frame(CONTINUATION, 0, 1) * 1000,
                                                frame(CONTINUATION, END_HEADERS, 1, block(GRPC)), data(HELLO), DONE),
    "a frame of 16 MB": says(frame(DATA, 0, 1, b"", length=0xFFFFFF)),
    "an unknown frame": says(frame(0xBB, 0xFF, 1, b"?"), GOOD),
    "PRIORITY": says(frame(PRIORITY, 0, 1, b"\0\0\0\0\1"), GOOD),
    "PING": says(frame(PING, payload=b"12345678"), GOOD),
    "PING of 7 bytes": says(frame(PING, payload=b"1234567"), GOOD),
    "PING acknowledged, unasked": says(frame(PING, 1, payload=b"12345678"), GOOD),
    "WINDOW_UPDATE by 0": says(window_update(0, 0), GOOD),
    "WINDOW_UPDATE by 0 on the stream": says(window_update(1, 0), GOOD),
    "WINDOW_UPDATE by too much": says(window_update(0, 0x7FFFFFFF) * 2, GOOD),
    "WINDOW_UPDATE of 3 bytes": says(frame(WINDOW_UPDATE, payload=b"123"), GOOD),
    "padding longer than its frame": says(frame(DATA, PADDED, 1, b"\xff" + HELLO)),
    "padding": says(HEAD, frame(DATA, PADDED, 1, b"\3" + HELLO + b"\0\0\0"), DONE),
    "RST_STREAM of 3 bytes": says(frame(RST_STREAM, 0, 1, b"123")),
    "RST_STREAM on stream 0": says(frame(RST_STREAM, 0, 0, b"\0\0\0\2")),
    # HPACK.
    "HPACK, index 0": says(frame(HEADERS, END_HEADERS, 1, b"\x80")),
    "HPACK, index 200": says(frame(HEADERS, END_HEADERS, 1, b"\xff\x49")),
    "HPACK, endless integer": says(frame(HEADERS, END_HEADERS, 1, b"\xff" * 64)),
    "HPACK, string longer than its block": says(frame(HEADERS, END_HEADERS, 1, b"\0\x7fx")),
    "HPACK, bad Huffman code": says(frame(HEADERS, END_HEADERS, 1, b"\0\x84\xff\xff\xff\xff\x01x")),
    "HPACK, table of 4 GB": says(frame(HEADERS, END_HEADERS, 1, b"\x3f\xff\xff\xff\xff\x0f" + block(OK))),
    "HPACK, empty name": says(headers(OK, ("", "x"), GRPC), data(HELLO), DONE),
    "HPACK, empty block": says(frame(HEADERS, END_HEADERS, 1)),
    # Heads.
    "100, then the answer": says(headers((":status", "100")), GOOD),
    "no :status": says(headers(GRPC), data(HELLO), DONE),
    ":status of letters": says(headers((":status", "abc"), GRPC), data(HELLO), DONE),
    ":status twice": says(headers(OK, (":status", "500"), GRPC), data(HELLO), DONE),
    ":status after a field": says(headers(GRPC, OK), data(HELLO), DONE),
    ":status in the trailers": says(HEAD, data(HELLO), headers(OK, ("grpc-status", "0"), end=True)),
    ":path in the answer": says(headers(OK, (":path", "/"), GRPC), data(HELLO), DONE),
    "text/html, with a gRPC answer": says(headers(OK, ("content-type", "text/html")), data(HELLO), DONE),
    "capital letters": says(headers(OK, GRPC, ("X-Upper", "x")), data(HELLO), DONE),
    "a line break in a value": says(headers(OK, GRPC, ("x", "a\r\nb: c")), data(HELLO), DONE),
    "NUL in a name": says(headers(OK, GRPC, ("x\0y", "z")), data(HELLO), DONE),
    "bad Base64 in -bin": says(headers(OK, GRPC, ("x-bin", "!!!!")), data(HELLO), DONE),
    "bad grpc-status-details-bin": trailers(("grpc-status", "3"), ("grpc-status-details-bin", "////")),
    "bad grpc-* fields": says(headers(OK, GRPC, ("grpc-timeout", "x"), ("grpc-previous-rpc-attempts", "x"),
                                      ("grpc-retry-pushback-ms", "x"), ("grpc-accept-encoding", ",,x,"),
                                      ("grpc-internal-encoding-request", "x"), ("te", "x"), (":scheme", "x")),
                              data(HELLO), DONE),
    "bad load reports": trailers(("grpc-status", "0"), ("lb-cost-bin", "AA"), ("endpoint-load-metrics-bin", "//8"),
                                 ("grpc-server-stats-bin", "//8"), ("lb-token", "x")),
    "pushback": refuses_each(("grpc-status", "14"), ("grpc-retry-pushback-ms", "100")),
    "20 KB of metadata": says(headers(OK, GRPC, ("x", "y" * 15_000)), data(HELLO), DONE),
    "1 MB of metadata": says(frame(HEADERS, 0, 1, block(OK, GRPC)),
                             *[frame(CONTINUATION, 0, 1, block(("x", "y" * 16_000)))] * 64,
                             frame(CONTINUATION, END_HEADERS, 1), data(HELLO), DONE),
    "cookies of every kind": says(headers(OK, GRPC, ("set-cookie", "a\tb=\xe9; Path=/"), ("set-cookie", b"\xff=\xff"),
                                          ("set-cookie", "=")), data(HELLO), DONE),
    # Statuses.
    "trailers only, status 0": trailers_only(("grpc-status", "0")),
    "trailers only, no status": trailers_only(),
    "trailers only, status 3": trailers_only(("grpc-status", "3"), ("grpc-message", "no such model")),
    "trailers only, status 8": trailers_only(("grpc-status", "8"), ("grpc-message", "queue full")),
    "trailers only, status 12": trailers_only(("grpc-status", "12")),
    "trailers only, status 13": trailers_only(("grpc-status", "13"), ("grpc-message", "CUDA error")),
    "trailers only, status 14": trailers_only(("grpc-status", "14"), ("grpc-message", "draining")),
    "trailers only, status 16": trailers_only(("grpc-status", "16"), ("grpc-message", "who are you?")),
    "status 17": trailers(("grpc-status", "17")),
    "status 99999999999": trailers(("grpc-status", "99999999999")),
    "status -1": trailers(("grpc-status", "-1")),
    "status of letters": trailers(("grpc-status", "OK")),
    "status, empty": trailers(("grpc-status", "")),
    "status twice": trailers(("grpc-status", "0"), ("grpc-status", "13")),
    "status in the head": says(headers(OK, GRPC, ("grpc-status", "0")), data(HELLO), headers(("x", "y"), end=True)),
    "status 1, cancelled by nobody": trailers(("grpc-status", "1")),
    "head and trailers, status 0": says(HEAD, DONE),
    "head alone": says(headers(OK, GRPC, end=True)),
    "trailers without a status": trailers(("x", "y")),
    "a message and END_STREAM": says(HEAD, data(HELLO, end=True)),
    # grpc-message.
    "words in UTF-8, encoded": trailers_only(("grpc-status", "3"), ("grpc-message", "Mod%C3%A8le inconnu%3A %E6%B7%B1")),
    "words in UTF-8, raw": trailers_only(("grpc-status", "3"), ("grpc-message", "Modèle inconnu: 深")),
    "words not in UTF-8, encoded": trailers_only(("grpc-status", "3"), ("grpc-message", "a%FFb%C3")),
    "words not in UTF-8, raw": trailers_only(("grpc-status", "3"), ("grpc-message", b"a\xffb")),
    "words with broken escapes": trailers_only(("grpc-status", "3"), ("grpc-message", "100% sure %zz %4")),
    "words that drive a terminal": trailers_only(("grpc-status", "3"), ("grpc-message", "%1B[2J%0Aok%7F%C2%9B%00x")),
    "words of 12 KB": trailers_only(("grpc-status", "3"), ("grpc-message", "é" * 6_000)),
    # Messages.
    "a good answer": says(GOOD),
    "SERVING": says(HEAD, data(grpc_message(proto_text("SERVING"))), DONE),
    "a message that cannot be decoded": says(HEAD, data(grpc_message(b"\x0a\xff\xff")), DONE),
    "a text that is not UTF-8": says(HEAD, data(grpc_message(proto_text(b"a\xffb"))), DONE),
    "an empty message": says(HEAD, data(grpc_message(b"")), DONE),
    "two messages": says(HEAD, data(HELLO * 2), DONE),
    "half a message, status 0": says(HEAD, data(HELLO[:7]), DONE),
    "half a message, the end": says_and(close, HEAD, data(HELLO[:7])),
    "3 bytes of a message": says(HEAD, data(HELLO[:3]), DONE),
    "a message in single bytes": says(HEAD, *[data(HELLO[at:at + 1]) for at in range(len(HELLO))], DONE),
    "a message of 5 MB": says(HEAD, data(grpc_message(b"", length=5 << 20)), DONE),
    "a message of 4 GB": says(HEAD, data(grpc_message(b"x", length=0xFFFFFFFF)), DONE),
    "a frame type of 2": says(HEAD, data(grpc_message(proto_text("x"), flag=2)), DONE),
    "compressed, by nobody knows what": says(HEAD, data(grpc_message(proto_text("x"), flag=1)), DONE),
    "compressed by snappy": says(headers(OK, GRPC, ("grpc-encoding", "snappy")), data(grpc_message(b"x", flag=1)), DONE),
    "compressed by gzip, broken": says(headers(OK, GRPC, ("grpc-encoding", "gzip")), data(grpc_message(b"x", flag=1)),
                                       DONE),
    "compressed by gzip": says(headers(OK, GRPC, ("grpc-encoding", "gzip")),
                               data(grpc_message(gzip.compress(proto_text("healthy")), flag=1)), DONE),
    "compressed by gzip, 100 MB": says(headers(OK, GRPC, ("grpc-encoding", "gzip")),
                                       data(grpc_message(gzip.compress(bytes(100 << 20)), flag=1)), DONE),
    # The end of a connection, and of a stream.
    "the end after the head": says_and(close, HEAD),
    "the end after the message": says_and(close, HEAD, data(HELLO)),
    "a reset connection after the message": says_and(abort, HEAD, data(HELLO)),
    "the end before the head": says_and(close),
    **{f"RST_STREAM {code}": says(reset(code)) for code in (*range(7), *range(8, 14), 255)},
    "RST_STREAM 7, to every call": refuses_every,
    "RST_STREAM 7, and an answer to the next call": refuses_the_first,
    **{f"RST_STREAM {code} after the message": says(HEAD, data(HELLO), reset(code)) for code in (0, 1, 2, 8)},
    "RST_STREAM 0 after the trailers": says(GOOD, reset(0)),
    "silence after the head": says(HEAD),
    "silence after the message": says(HEAD, data(HELLO)),
}
