"""HTTP/2 frame by frame (RFC 9113), with no library between: a test writes what no library would write.

Header blocks are literals without indexing and without Huffman coding (RFC 7541 §6.2.2), which every peer must read.
"""

import socket
import struct
import threading

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PATIENCE = 30


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    """`length` lies about the payload's."""
    size = len(payload) if length is None else length
    return struct.pack("!I", size)[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def integer(value, bits):
    """RFC 7541 §5.1, with the bits above it zero."""
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([value])
    value -= limit
    out = bytearray([limit])
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out) + bytes([value])


def block(*fields):
    """A header block; names and values as text (UTF-8) or bytes."""
    out = b""
    for pair in fields:
        out += b"\0"
        for text in pair:
            data = text.encode() if isinstance(text, str) else text
            out += integer(len(data), 7) + data
    return out


def headers(*fields, end=False, stream=1):
    flags = END_HEADERS | (END_STREAM if end else 0)
    return frame(HEADERS, flags, stream, block(*fields))


def data(payload, end=False, stream=1):
    """In frames of at most 16 KiB, the size that every peer takes."""
    pieces = [payload[at:at + 16384] for at in range(0, len(payload), 16384)] or [b""]
    last = len(pieces) - 1
    return b"".join(frame(DATA, END_STREAM if end and at == last else 0, stream, piece)
                    for at, piece in enumerate(pieces))


def settings(*pairs):
    return frame(SETTINGS, payload=b"".join(struct.pack("!HI", name, value) for name, value in pairs))


def reset(code, stream=1):
    return frame(RST_STREAM, 0, stream, struct.pack("!I", code))


def goaway(last, code=0, words=b""):
    return frame(GOAWAY, payload=struct.pack("!II", last, code) + words)


def window_update(stream, by):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack("!I", by))


def grpc_message(payload, flag=0, length=None):
    """A length-prefixed message; `length` lies about the payload's."""
    return struct.pack("!BI", flag, len(payload) if length is None else length) + payload


def proto_text(text, field=1):
    """A message of one string (or of bytes that should be one)."""
    data_ = text.encode() if isinstance(text, str) else text
    return bytes([field << 3 | 2]) + integer_varint(len(data_)) + data_


def integer_varint(value):
    out = bytearray()
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out) + bytes([value])


class HeaderReader:
    """Header blocks of a peer that uses no Huffman coding (RFC 7541 §6). Of the static table it knows what gRPC sends;
    other entries are told by their number."""

    STATIC = {8: (":status", "200"), 13: (":status", "404"), 14: (":status", "500"), 31: ("content-type", "")}
    FIRST_DYNAMIC = 62

    def __init__(self):
        self.dynamic = []

    def entry(self, index):
        if index >= self.FIRST_DYNAMIC:
            return self.dynamic[index - self.FIRST_DYNAMIC]
        return self.STATIC.get(index, (f"#{index}", ""))

    def read(self, block_):
        self.rest, fields = block_, []
        while self.rest:
            first = self.rest[0]
            if first & 0x80:
                fields.append(self.entry(self.integer(7)))
            elif first & 0x40:
                fields.append(self.literal(6))
                self.dynamic.insert(0, fields[-1])
            elif first & 0x20:
                self.integer(5)
            else:
                fields.append(self.literal(4))
        return fields

    def literal(self, bits):
        index = self.integer(bits)
        name = self.entry(index)[0] if index else self.text()
        return name, self.text()

    def text(self):
        size = self.integer(7)
        data_, self.rest = self.rest[:size], self.rest[size:]
        return data_.decode(errors="backslashreplace")

    def integer(self, bits):
        limit = (1 << bits) - 1
        value, self.rest = self.rest[0] & limit, self.rest[1:]
        shift = 0
        while value >= limit:
            byte, self.rest = self.rest[0], self.rest[1:]
            value, shift = value + ((byte & 0x7F) << shift), shift + 7
            if byte < 128:
                break
        return value


class Peer:
    """A connection whose bytes the test writes. It reads frames, and knows no rules."""

    def __init__(self, connection, number=1):
        self.socket = connection
        self.number = number  # which connection of the script it is, from 1
        self.socket.settimeout(PATIENCE)
        self.buffer = b""

    def take(self, count):
        while len(self.buffer) < count:
            piece = self.socket.recv(65536)
            if not piece:
                raise EOFError
            self.buffer += piece
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def frame(self):
        """The next one: kind, flags, stream, payload."""
        head = self.take(9)
        (size,) = struct.unpack("!I", b"\0" + head[:3])
        kind, flags, stream = struct.unpack("!BBI", head[3:])
        return kind, flags, stream, self.take(size)

    def until(self, kind):
        while True:
            taken = self.frame()
            if taken[0] == kind:
                return taken

    def preface(self):
        self.take(len(PREFACE))

    def opened(self, *pairs):
        """The server's half of the opening, up to the head of the first request."""
        self.preface()
        self.send(settings(*pairs))
        return self.until(HEADERS)

    def send(self, *pieces):
        self.socket.sendall(b"".join(pieces))

    def end(self):
        """Closes, as TCP does it when all was read."""
        self.socket.shutdown(socket.SHUT_WR)
        self.drain()

    def abort(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def drain(self):
        """Until the other side closes."""
        while self.socket.recv(65536):
            pass


class RawServer:
    """Plays a script to every connection, each in its own thread; afterwards it only reads."""

    def __init__(self, play=None):
        self.play = play
        self.count = 0  # connections that the script was played to
        self.peers = set()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.url = f"grpc://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.count += 1
                peer = Peer(connection, self.count)
                thread = threading.Thread(target=self._serve, args=(peer, self.play), daemon=True)
                self.peers.add((peer, thread))
                thread.start()

    @staticmethod
    def _serve(peer, play):
        try:
            play(peer)
            peer.drain()
        except (OSError, EOFError):
            pass
        finally:
            peer.socket.close()

    def change(self, play):
        """The script for the connections to come; those that are open have ended, on both sides, when it returns."""
        with self.lock:
            self.play, self.count = play, 0
            peers, self.peers = self.peers, set()
        for peer, thread in peers:
            try:
                peer.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            thread.join(PATIENCE)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
