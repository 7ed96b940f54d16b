"""What RFC 6455 wants of either end of a WebSocket, as a table: frames that are sent, and what comes back. The numbers
are those of the cases of the Autobahn test suite of the same meaning; those above 20 are our own.

A peer that echoes every message is judged, as a server and as a client alike."""

import dataclasses

CONTINUE, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

PROTOCOL, PAYLOAD, TOO_BIG = 1002, 1007, 1009


@dataclasses.dataclass
class Frame:
    opcode: int
    payload: bytes = b""
    fin: bool = True
    rsv: int = 0  # RSV1 to RSV3 as one number, RSV1 the highest bit
    masked: bool = None  # None: as the role wants it
    length: bytes = None  # instead of the shortest form of the length: its seven bits, then the extension
    kept_back: int = 0  # bytes of the payload's end that are never sent


@dataclasses.dataclass
class Case:
    number: str
    send: list
    get: list  # (opcode, payload) of the messages, pings and pongs that come back, in order
    close: int = None  # the code that the peer closes with; None: the test closes, with 1000
    chop: int = 0  # bytes a write; 0: all frames in one
    either: tuple = ()  # codes that will do as well
    may_be_cut: bool = False  # a peer may answer a close between the fragments of a message, and leave it at that

    def __str__(self):
        return self.number


def close_payload(code, reason=b""):
    return code.to_bytes(2, "big") + reason


def message(opcode, parts, between=()):
    """A message in fragments; `between[i]` are control frames behind fragment i."""
    frames = []
    for index, part in enumerate(parts):
        frames.append(Frame(opcode if index == 0 else CONTINUE, part, fin=index == len(parts) - 1))
        frames += between[index] if index < len(between) else ()
    return frames


def split(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)] or [b""]


def text(data):
    return Frame(TEXT, data)


def echoes(number, payload, opcode=TEXT, **more):
    return Case(number, [Frame(opcode, payload)], [(opcode, payload)], **more)


def framing():
    for group, opcode, byte in ((1, TEXT, b"*"), (2, BINARY, b"\xfe")):
        for index, size in enumerate((0, 125, 126, 127, 128, 65535, 65536), 1):
            yield echoes(f"1.{group}.{index}", byte * size, opcode)
        yield echoes(f"1.{group}.8", byte * 65536, opcode, chop=997)


def pings():
    def ponged(number, payload, **more):
        return Case(number, [Frame(PING, payload)], [(PONG, payload)], **more)

    yield ponged("2.1", b"")
    yield ponged("2.2", b"Hello, world!")
    yield ponged("2.3", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff")
    yield ponged("2.4", b"\xfe" * 125)
    yield Case("2.5", [Frame(PING, b"\xfe" * 126)], [], PROTOCOL)
    yield ponged("2.6", b"\xfe" * 125, chop=1)
    yield Case("2.7", [Frame(PONG)], [])
    yield Case("2.8", [Frame(PONG, b"unsolicited pong payload")], [])
    yield Case("2.9", [Frame(PONG, b"unsolicited"), Frame(PING, b"ping payload")], [(PONG, b"ping payload")])
    many = [b"payload-%d" % i for i in range(10)]
    for number, chop in (("2.10", 0), ("2.11", 1)):
        yield Case(number, [Frame(PING, p) for p in many], [(PONG, p) for p in many], chop=chop)


def reserved_bits():
    hello, ping = text(b"Hello, world!"), Frame(PING)
    first = [(TEXT, b"Hello, world!")]
    yield Case("3.1", [Frame(TEXT, b"Hello, world!", rsv=1)], [], PROTOCOL)
    yield Case("3.2", [hello, Frame(TEXT, b"Hello, world!", rsv=2), ping], first, PROTOCOL)
    yield Case("3.3", [hello, Frame(TEXT, b"Hello, world!", rsv=3), ping], first, PROTOCOL)
    yield Case("3.4", [hello, Frame(TEXT, b"Hello, world!", rsv=4), ping], first, PROTOCOL, chop=1)
    yield Case("3.5", [Frame(BINARY, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", rsv=5)], [], PROTOCOL)
    yield Case("3.6", [Frame(PING, b"Hello, world!", rsv=6)], [], PROTOCOL)
    yield Case("3.7", [Frame(CLOSE, close_payload(1000), rsv=7)], [], PROTOCOL)


def opcodes():
    hello, ping = text(b"Hello, world!"), Frame(PING)
    first = [(TEXT, b"Hello, world!")]
    for group, base in ((1, 3), (2, 11)):
        yield Case(f"4.{group}.1", [Frame(base)], [], PROTOCOL)
        yield Case(f"4.{group}.2", [Frame(base + 1, b"reserved opcode payload")], [], PROTOCOL)
        yield Case(f"4.{group}.3", [hello, Frame(base + 2), ping], first, PROTOCOL)
        yield Case(f"4.{group}.4", [hello, Frame(base + 3, b"reserved"), ping], first, PROTOCOL)
        yield Case(f"4.{group}.5", [hello, Frame(base + 4, b"reserved"), ping], first, PROTOCOL, chop=1)


def fragmentation():
    for number, opcode in (("5.1", PING), ("5.2", PONG)):
        yield Case(number, message(opcode, [b"fragment1", b"fragment2"]), [], PROTOCOL)
    parts, whole = [b"fragment1", b"fragment2"], [(TEXT, b"fragment1fragment2")]
    ping, pong = Frame(PING, b"ping payload"), [(PONG, b"ping payload")]
    for number, chop in (("5.3", 0), ("5.4", 7), ("5.5", 1)):
        yield Case(number, message(TEXT, parts), whole, chop=chop)
    for number, chop in (("5.6", 0), ("5.7", 7), ("5.8", 1)):
        yield Case(number, message(TEXT, parts, [[ping]]), pong + whole, chop=chop)
    stray = text(b"Hello, world!")
    for first, fin in ((9, True), (12, False)):
        for index, chop in enumerate((0, 7, 1)):
            frames = [Frame(CONTINUE, b"non-continuation payload", fin), stray]
            yield Case(f"5.{first + index}", frames, [], PROTOCOL, chop)
    late = [Frame(CONTINUE, b"fragment3", False), text(b"fragment4")]
    yield Case("5.15", [*message(TEXT, parts), *late], whole, PROTOCOL)
    for number, fin in (("5.16", False), ("5.17", True)):
        frames = [Frame(CONTINUE, b"fragment1", fin), *message(TEXT, [b"fragment2", b"fragment3"])]
        yield Case(number, frames * 2, [], PROTOCOL)
    yield Case("5.18", [Frame(TEXT, b"fragment1", False), Frame(TEXT, b"fragment2")], [], PROTOCOL)
    five = [b"fragment%d" % i for i in range(1, 6)]
    between = [[], [Frame(PING, b"pongme 1!")], [], [Frame(PING, b"pongme 2!")]]
    back = [(PONG, b"pongme 1!"), (PONG, b"pongme 2!"), (TEXT, b"".join(five))]
    for number, chop in (("5.19", 0), ("5.20", 1)):
        yield Case(number, message(TEXT, five, between), back, chop=chop)


KOSME = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"  # κόσμε, of which one character has three bytes
HELLO_UTF8 = "Hello-µ@ßöäüàá-UTF-8!!".encode()
BAD_MIDDLE = KOSME + b"\xed\xa0\x80edited"  # a surrogate: no UTF-8

# Text that is UTF-8, and bytes that are not, by the case that they belong to.
VALID = {
    "6.5": [b"\x00", b"\x7f", *(f"hello{sign}world".encode() for sign in "$¢€𤭢")],
    "6.6": [KOSME[:2], KOSME[:5], KOSME[:7], KOSME[:9], KOSME],
    "6.7": [b"\x00", b"\xc2\x80", b"\xe0\xa0\x80", b"\xf0\x90\x80\x80"],
    "6.9": [b"\x7f", b"\xdf\xbf", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf"],
    "6.11": [b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbf\xbd", b"\xf4\x8f\xbf\xbf"],
    "6.22": [chr(plane << 16 | low).encode() for plane in range(17) for low in (0xFFFE, 0xFFFF)],
    "6.23": [chr(0xFFF9 + i).encode() for i in range(7)],
}
INVALID = {
    "6.6": [KOSME[:1], KOSME[:3], KOSME[:4], KOSME[:6], KOSME[:8], KOSME[:10]],
    "6.8": [b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"],
    "6.10": [b"\xf7\xbf\xbf\xbf", b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"],
    "6.11": [b"\xf4\x90\x80\x80"],
    "6.12": [b"\x80", b"\xbf", *((b"\x80\xbf" * 4)[:n] for n in range(2, 8)), bytes(range(0x80, 0xC0))],
    "6.13": [b"".join(bytes([lead, 0x20]) for lead in range(low, high)) for low, high in
             ((0xC0, 0xE0), (0xE0, 0xF0), (0xF0, 0xF8), (0xF8, 0xFC), (0xFC, 0xFE))],
    "6.14": [b"\xc0", b"\xe0\x80", b"\xf0\x80\x80", b"\xf8\x80\x80\x80", b"\xfc\x80\x80\x80\x80", b"\xdf", b"\xef\xbf",
             b"\xf7\xbf\xbf", b"\xfb\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf"],
    "6.15": [b"\xc0\xe0\x80\xf0\x80\x80\xf8\x80\x80\x80\xfc\x80\x80\x80\x80\xdf\xef\xbf\xf7\xbf\xbf"
             b"\xfb\xbf\xbf\xbf\xfd\xbf\xbf\xbf\xbf"],
    "6.16": [b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"],
    "6.17": [b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf", b"\xfc\x80\x80\x80\x80\xaf"],
    "6.18": [b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf", b"\xf8\x87\xbf\xbf\xbf", b"\xfc\x83\xbf\xbf\xbf\xbf"],
    "6.19": [b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80", b"\xf8\x80\x80\x80\x80", b"\xfc\x80\x80\x80\x80\x80"],
    "6.20": [b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xaf\xbf", b"\xed\xb0\x80", b"\xed\xbe\x80",
             b"\xed\xbf\xbf"],
    "6.21": [high + low for high in (b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xaf\xbf")
             for low in (b"\xed\xb0\x80", b"\xed\xbf\xbf")],
}


def utf8():
    yield Case("6.1.1", [text(b"")], [(TEXT, b"")])
    yield Case("6.1.2", message(TEXT, [b"", b"", b""]), [(TEXT, b"")])
    yield Case("6.1.3", message(TEXT, [b"", b"middle frame payload", b""]), [(TEXT, b"middle frame payload")])
    yield echoes("6.2.1", HELLO_UTF8)
    yield Case("6.2.2", message(TEXT, [HELLO_UTF8[:12], HELLO_UTF8[12:]]), [(TEXT, HELLO_UTF8)])
    yield Case("6.2.3", message(TEXT, split(HELLO_UTF8, 1)), [(TEXT, HELLO_UTF8)])
    yield Case("6.2.4", message(TEXT, split(KOSME, 1)), [(TEXT, KOSME)])
    yield Case("6.3.1", [text(BAD_MIDDLE)], [], PAYLOAD)
    yield Case("6.3.2", message(TEXT, split(BAD_MIDDLE, 1)), [], PAYLOAD)
    # The rest of the message is not waited for: what came cannot become UTF-8 any more.
    yield Case("6.4.1", message(TEXT, [KOSME, b"\xf4\x90\x80\x80", b"edited"])[:2], [], PAYLOAD)
    yield Case("6.4.2", message(TEXT, [KOSME + b"\xf4", b"\x90", b"\x80\x80edited"])[:2], [], PAYLOAD)
    yield Case("6.4.3", [Frame(TEXT, KOSME + b"\xf4\x90\x80\x80edited", kept_back=8)], [], PAYLOAD)
    yield Case("6.4.4", [Frame(TEXT, KOSME + b"\xf4\x90\x80\x80edited", kept_back=6)], [], PAYLOAD, chop=1)
    for group in sorted({*VALID, *INVALID}, key=lambda name: int(name[2:])):
        for index, data in enumerate(VALID.get(group, ()), 1):
            yield echoes(f"{group}.{index} valid", data)
        for index, data in enumerate(INVALID.get(group, ()), 1):
            yield Case(f"{group}.{index} invalid", [text(data)], [], PAYLOAD)


def closing():
    normal, hello = Frame(CLOSE, close_payload(1000)), text(b"Hello World!")
    yield Case("7.1.1", [hello, normal], [(TEXT, b"Hello World!")], 1000)
    yield Case("7.1.2", [normal, normal], [], 1000)
    yield Case("7.1.3", [normal, Frame(PING)], [], 1000)
    yield Case("7.1.4", [normal, hello], [], 1000)
    yield Case("7.1.5", [Frame(TEXT, b"fragment1", False), normal, Frame(CONTINUE, b"fragment2")], [], 1000)
    large = b"BAsd7&jh23" * 26000
    yield Case("7.1.6", [text(large), normal, Frame(PING)], [(TEXT, large)], 1000, may_be_cut=True)
    yield Case("7.3.1", [Frame(CLOSE)], [], 1005, either=(1000,))
    yield Case("7.3.2", [Frame(CLOSE, b"a")], [], PROTOCOL)
    yield Case("7.3.3", [normal], [], 1000)
    yield Case("7.3.4", [Frame(CLOSE, close_payload(1000, b"Hello World!"))], [], 1000)
    yield Case("7.3.5", [Frame(CLOSE, close_payload(1000, b"*" * 123))], [], 1000)
    yield Case("7.3.6", [Frame(CLOSE, close_payload(1000, b"*" * 124))], [], PROTOCOL)
    yield Case("7.5.1", [Frame(CLOSE, close_payload(1000, BAD_MIDDLE))], [], PAYLOAD, either=(PROTOCOL,))
    for index, code in enumerate((1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999), 1):
        yield Case(f"7.7.{index}", [Frame(CLOSE, close_payload(code))], [], code)
    for index, code in enumerate((0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999), 1):
        yield Case(f"7.9.{index}", [Frame(CLOSE, close_payload(code))], [], PROTOCOL)
    for index, code in enumerate((5000, 65535), 1):  # codes that nobody has defined
        yield Case(f"7.13.{index}", [Frame(CLOSE, close_payload(code))], [], PROTOCOL, either=(code,))


def sizes():
    for group, opcode in ((1, TEXT), (2, BINARY)):
        for index, size in enumerate((1 << 16, 1 << 18, 1 << 20, 4 << 20), 1):
            yield echoes(f"9.{group}.{index}", b"*" * size, opcode)
    for group, opcode in ((3, TEXT), (4, BINARY)):
        for index, size in enumerate((64, 256, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20), 1):
            data = b"*" * (1 << 20 if size > 64 else 1 << 18)
            yield Case(f"9.{group}.{index}", message(opcode, split(data, size)), [(opcode, data)])
    for group, opcode in ((5, TEXT), (6, BINARY)):
        for index, chop in enumerate((64, 128, 256, 512, 1024, 2048), 1):
            yield echoes(f"9.{group}.{index}", b"*" * (1 << 18), opcode, chop=chop)
    for group, opcode in ((7, TEXT), (8, BINARY)):
        for index, size in enumerate((0, 16, 64, 256, 1024, 4096), 1):
            yield Case(f"9.{group}.{index}", [Frame(opcode, b"*" * size)] * 500, [(opcode, b"*" * size)] * 500)
    whole = b"*" * 65536
    yield Case("10.1.1", message(TEXT, split(whole, 1300)), [(TEXT, whole)])


def our_own():
    """What the suite does not ask."""
    hello = b"Hello, world!"
    yield Case("21.1 masked by the wrong side", [Frame(TEXT, hello, masked="wrong")], [], PROTOCOL)
    yield Case("21.2 the wrong side's mask on a ping", [Frame(PING, hello, masked="wrong")], [], PROTOCOL)
    yield Case("21.3 a short length in 16 bits", [Frame(TEXT, hello, length=b"\x7e\x00\x0d")], [], PROTOCOL)
    wide = Frame(TEXT, hello, length=b"\x7f" + bytes(7) + b"\x0d")
    yield Case("21.4 a short length in 64 bits", [wide], [], PROTOCOL)
    yield Case("21.5 a ping with its length in 16 bits", [Frame(PING, hello, length=b"\x7e\x00\x0d")], [], PROTOCOL)
    yield Case("21.6 a length below zero", [Frame(TEXT, hello, length=b"\x7f\xff" + bytes(6) + b"\x0d")], [], PROTOCOL,
               either=(TOO_BIG,))
    yield Case("21.7 binary within text", [Frame(TEXT, hello, False), Frame(BINARY, hello)], [], PROTOCOL)
    farewell = Frame(CLOSE, close_payload(4000, b"x"))
    yield Case("21.8 a close amid a message", [Frame(BINARY, hello, False), farewell], [], 4000)
    yield Case("21.9 one message above the limit", [Frame(TEXT, b"*" * ((4 << 20) + 1))], [], TOO_BIG)
    yield Case("21.10 fragments above the limit", message(BINARY, [b"*" * (3 << 20)] * 2), [], TOO_BIG)
    cut = message(TEXT, [KOSME[:3], KOSME[3:]], [[Frame(PING, b"x")]])
    yield Case("21.11 a character cut by fragments and a ping", cut, [(PONG, b"x"), (TEXT, KOSME)])
    yield Case("21.12 binary that is no UTF-8", [Frame(BINARY, b"\xff\xfe")], [(BINARY, b"\xff\xfe")])
    yield Case("21.13 text and binary in turn", [text(b"a"), Frame(BINARY, b"b"), text(b"c")],
               [(TEXT, b"a"), (BINARY, b"b"), (TEXT, b"c")])


CASES = [case for part in (framing, pings, reserved_bits, opcodes, fragmentation, utf8, closing, sizes, our_own)
         for case in part()]
