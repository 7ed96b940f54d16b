"""Relays that stand between two parts of a system and misbehave, at random for a seed.

What a relay does to its n-th request (or connection) of a kind depends on the seed, the link, the kind and n, on
nothing else: a seed that is played again meets the same faults, as far as the parts do the same in the same order.
"""

import asyncio
import collections
import random
import socket
import struct
import time
import traceback

LIMIT = 8 << 20  # of what one HTTP head may take in a reader's buffer
LOST = (OSError, EOFError)  # what a connection ends with


class Weather:
    """Which links misbehave, how often, and what they did."""

    def __init__(self):
        self.calm()
        self.seed, self.faults, self.started = None, [], 0.0
        self.broken = []  # relays that failed at more than their connections

    def begin(self, seed, rates):
        self.seed, self.rates = seed, rates
        self.faults, self.started = [], time.monotonic()
        self.counts = collections.Counter()

    def calm(self):
        self.rates, self.counts = {}, collections.Counter()

    def dice(self, link, kind, times=1.0):
        """Dice for the fault that the next `kind` on `link` meets; None when it meets none."""
        number = self.counts[link, kind]
        self.counts[link, kind] += 1
        dice = random.Random(f"{self.seed}/{link}/{kind}/{number}")
        if dice.random() >= self.rates.get(link, 0) * times:
            return None
        dice.name = f"{link} {kind} #{number}"
        return dice

    def note(self, dice, fault):
        self.faults.append((time.monotonic() - self.started, dice.name, fault))


def abort(writer, rudely=False):
    """Ends a connection at once; rudely: with a reset."""
    if rudely and (sock := writer.get_extra_info("socket")) is not None:
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
    writer.transport.abort()


class Relay:
    """Listens; `to` is where the other part listens. Each connection is one task."""

    def __init__(self, link, weather):
        self.link, self.weather = link, weather
        self.to = self.server = None
        self.port = 0
        self.tasks = set()

    async def start(self):
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=LIMIT)
        self.port = self.server.sockets[0].getsockname()[1]

    def _accept(self, reader, writer):
        self.later(self._serve(reader, writer))

    async def _serve(self, reader, writer):
        try:
            await self.serve(reader, writer)
        except LOST:
            pass
        except Exception:  # a fault of our own must not look like one of theirs
            self.weather.broken.append(traceback.format_exc())
        finally:
            abort(writer)

    def later(self, work):
        """Work that nobody waits for."""
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def drop_all(self):
        """Ends every connection."""
        for task in (tasks := list(self.tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def stop(self):
        if self.server is not None:
            self.server.close()
        await self.drop_all()


# ---- HTTP ----------------------------------------------------------------------------------------------------------


async def read_message(reader):
    """One request or answer, as it came; its length stands in its head."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return head + await reader.readexactly(int(value))
    return head


async def exchange(to, request):
    """The answer to `request`, on a connection of its own."""
    reader, writer = await asyncio.open_connection(*to, limit=LIMIT)
    try:
        writer.write(request)
        return await read_message(reader)
    finally:
        abort(writer)


def head_field(request, name):
    for line in request.split(b"\r\n\r\n", 1)[0].split(b"\r\n")[1:]:
        field, _, value = line.partition(b":")
        if field.strip().lower() == name:
            return value.strip().decode()
    return ""


class CutShort(Exception):
    """The beginning of an answer, after which the connection ends."""


class HttpRelay(Relay):
    """Between a client and a server of HTTP, request by request. A fault gives the answer to pass on, or None: then
    the client's connection ends without one."""

    FAULTS = ("late", "slow", "drop", "drop", "lose", "lose", "cut", "double", "again_later", "only_later", "hold",
              "mute")

    TIMES = 1.0  # how much likelier than usual a fault is

    def kind(self, request):
        """What the request is called: its faults are counted apart from those of others."""
        return head_field(request, b"x-amz-target").rpartition(".")[2] or request.split(b" ", 1)[0].decode()

    def route(self, request):
        """Where to, and with which bytes."""
        return self.to, request

    def faults_of(self, _kind):
        return self.FAULTS

    async def serve(self, reader, writer):
        try:
            while answer := await self._unless_gone(reader, self._meet(await read_message(reader))):
                writer.write(answer)
                await writer.drain()
        except CutShort as cut:
            writer.write(cut.args[0])

    async def _unless_gone(self, reader, work):
        """The result of `work`; stops it when the client goes: nobody would hear the answer."""
        work, gone = asyncio.ensure_future(work), asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            return work.result() if work.done() else None
        finally:
            for task in (work, gone):
                task.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)

    async def _meet(self, request):
        kind = self.kind(request)
        dice = self.weather.dice(self.link, kind, self.TIMES)
        if dice is None:
            return await self._pass(request)
        fault = dice.choice(self.faults_of(kind))
        self.weather.note(dice, fault)
        return await getattr(self, "_" + fault)(request, dice)

    async def _pass(self, request):
        return await exchange(*self.route(request))

    async def _late(self, request, dice):
        await asyncio.sleep(dice.uniform(0.02, 0.6))
        return await self._pass(request)

    async def _slow(self, request, dice):
        answer = await self._pass(request)
        await asyncio.sleep(dice.uniform(0.02, 0.6))
        return answer

    async def _drop(self, _request, _dice):
        return None

    async def _lose(self, request, _dice):
        await self._pass(request)

    async def _cut(self, request, dice):
        answer = await self._pass(request)
        raise CutShort(answer[:dice.randrange(len(answer))])

    async def _double(self, request, _dice):
        await self._pass(request)
        return await self._pass(request)

    async def _again_later(self, request, dice):
        answer = await self._pass(request)
        self.later(self._deliver_late(request, dice))
        return answer

    async def _only_later(self, request, dice):
        self.later(self._deliver_late(request, dice))

    async def _deliver_late(self, request, dice):
        try:
            await self._late(request, dice)
        except LOST:
            pass

    async def _hold(self, _request, _dice):
        await asyncio.Future()  # until the client has had enough

    async def _hold_and_drop(self, _request, dice):
        await asyncio.sleep(dice.uniform(0.2, 2.0))

    async def _mute(self, request, dice):
        await self._pass(request)
        await self._hold(request, dice)


class InvokeRelay(HttpRelay):
    """Between a function and the Invoke API: of its calls there is one a turn."""

    TIMES = 4.0


class RuntimeRelay(HttpRelay):
    """Between Lambda and its functions. Each process of a function has a Runtime API of its own: its port is the first
    part of the path."""

    # A question for work is not doubled: work would be given to somebody who did not ask.
    NEXT = ("slow", "drop", "lose", "hold_and_drop")
    ANSWERS = ("late", "slow", "drop", "lose", "cut", "double", "only_later", "hold", "mute")

    def kind(self, request):
        return request.split(b" ", 2)[1].rpartition(b"/")[2].decode()

    def faults_of(self, kind):
        return self.NEXT if kind == "next" else self.ANSWERS

    def route(self, request):
        method, path, rest = request.split(b" ", 2)
        _, port, path = path.split(b"/", 2)
        return ("127.0.0.1", int(port)), b" ".join((method, b"/" + path, rest))


# ---- streams -------------------------------------------------------------------------------------------------------


class Strike:
    """What happens to one connection: after so many bytes in a direction."""

    def __init__(self, dice, most_bytes):
        self.fault = dice.choice(("refuse", "cut", "cut", "stall", "stall", "drag"))
        self.rudely = dice.random() < 0.5
        self.directions = dice.choice((("up",), ("down",), ("up", "down")))
        self.after = dice.randrange(most_bytes)
        self.pause = dice.uniform(0.005, 0.1)

    def __str__(self):
        where = "" if self.fault == "refuse" else f" {'+'.join(self.directions)} after {self.after} bytes"
        return self.fault + where


class StreamRelay(Relay):
    """Between a client and a server of anything: refuses, cuts, delays, or stops to pass on and stays open."""

    MOST_BYTES = 20_000
    TIMES = 8.0  # a connection serves many turns
    STALL_SECONDS = 2.0  # then the connection breaks, as by a keep-alive

    def change(self):
        """What becomes of the bytes of one connection on their way to the client."""
        return lambda data: data

    async def serve(self, reader, writer):
        strike = self._draw()
        if strike is not None and strike.fault == "refuse":
            return abort(writer, strike.rudely)
        to_reader, to_writer = await asyncio.open_connection(*self.to, limit=LIMIT)
        pumps = [asyncio.ensure_future(self._pump(reader, to_writer, "up", strike, lambda data: data)),
                 asyncio.ensure_future(self._pump(to_reader, writer, "down", strike, self.change()))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            await self._after(strike, pumps)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for end in (writer, to_writer):
                abort(end, strike is not None and strike.rudely)

    def _draw(self):
        dice = self.weather.dice(self.link, "connection", self.TIMES)
        if dice is None:
            return None
        strike = Strike(dice, self.MOST_BYTES)
        self.weather.note(dice, str(strike))
        return strike

    async def _pump(self, reader, writer, direction, strike, change):
        """Passes on what comes; its result is true when it was struck before the end."""
        struck = strike is not None and direction in strike.directions
        left = strike.after if struck and strike.fault != "drag" else None
        while data := await reader.read(65536):
            data = change(data)
            if struck and strike.fault == "drag":
                await asyncio.sleep(strike.pause)
            if left is not None and len(data) > left:
                writer.write(data[:left])
                return True
            left = None if left is None else left - len(data)
            writer.write(data)
            await writer.drain()
        return False

    async def _after(self, strike, pumps):
        """A stalled connection stays open, and what goes the other way goes on unless that is stalled too."""
        struck = any(pump.done() and pump.exception() is None and pump.result() for pump in pumps)
        if not struck or strike.fault != "stall":
            return
        if len(strike.directions) == 2:
            for pump in pumps:
                pump.cancel()
        await asyncio.sleep(self.STALL_SECONDS)


class Doubler:
    """Sends some of a server's WebSocket frames again, at once or behind later ones."""

    def __init__(self, weather, link):
        self.weather, self.link = weather, link
        self.buffer, self.head = b"", True
        self.copies = []  # [frames to wait for, frame]

    def __call__(self, data):
        self.buffer += data
        out = b""
        if self.head:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return b""
            out, self.buffer, self.head = self.buffer[:end + 4], self.buffer[end + 4:], False
        while frame := self._take_frame():
            out += frame + self._copies_due(frame)
        return out

    def _take_frame(self):
        if len(self.buffer) < 2:
            return b""
        size, start = self.buffer[1] & 0x7F, 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(self.buffer) < start:
                return b""
            size = int.from_bytes(self.buffer[2:start], "big")
        if len(self.buffer) < start + size:
            return b""
        frame, self.buffer = self.buffer[:start + size], self.buffer[start + size:]
        return frame

    def _copies_due(self, frame):
        for copy in self.copies:
            copy[0] -= 1
        due = b"".join(copy for wait, copy in self.copies if wait <= 0)
        self.copies = [copy for copy in self.copies if copy[0] > 0]
        whole_text = frame[0] == 0x81
        if whole_text and (dice := self.weather.dice(self.link, "frame")) is not None:
            wait = dice.choice((0, 0, 1, 2, 5, 20))
            self.weather.note(dice, f"double after {wait} frames")
            if wait == 0:
                return frame + due
            self.copies.append([wait, frame])
        return due


class SocketRelay(StreamRelay):
    """Between a client and its gateway: also frames that come twice. A connection that stalls stays half open, as long
    as the weather is bad: the gateway does not hear that its client has gone."""

    MOST_BYTES = 6_000
    STALL_SECONDS = 3600.0

    def change(self):
        return Doubler(self.weather, self.link)
