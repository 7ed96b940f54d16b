"""200 sessions that chat at once: no answer loses, repeats or reorders a piece."""

import asyncio
import base64
import json
import os
import secrets
import struct
import unittest
from urllib.parse import urlsplit

from harness import System, is_completion, turn_over

SESSIONS = 200
TURNS = 2


async def open_socket(url, token):
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(
        (
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(secrets.token_bytes(16)).decode()}\r\n"
            f"Sec-WebSocket-Version: 13\r\nAuthorization: Bearer {token}\r\n\r\n"
        ).encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head.split(b"\r\n")[0]:
        raise AssertionError(head)
    return reader, writer


def send(writer, frame):
    payload = json.dumps(frame).encode()
    assert 126 <= len(payload) < 65536 or len(payload) < 126
    head = bytes([0x81, 0x80 | len(payload)]) if len(payload) < 126 else struct.pack("!BBH", 0x81, 0xFE, len(payload))
    writer.write(head + b"\0\0\0\0" + payload)


async def receive(reader):
    while True:
        first, second = await reader.readexactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", await reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await reader.readexactly(8))
        payload = await reader.readexactly(size)
        if first & 0x0F == 1:
            return json.loads(payload)
        if first & 0x0F == 8:
            raise AssertionError(f"closed {payload!r}")


async def session(url, token, number):
    """The answers of one session, each checked piece by piece."""
    reader, writer = await open_socket(url, token)
    answers = []
    for turn in range(TURNS):
        send(writer, {"action": "message", "data": {"message": f"Session {number}, question {turn}."}})
        pieces = []
        while True:
            frame = await receive(reader)
            if frame.get("action") == "llm_response_chunk":
                assert frame["data"]["seq"] == len(pieces), (number, frame["data"]["seq"], len(pieces))
                pieces.append(frame["data"]["text"])
            elif turn_over(frame):
                break
        assert is_completion(frame), frame
        assert "".join(pieces) == frame["data"]["message"], number
        answers.append(frame["data"]["message"])
    writer.close()
    return answers


class ManySessions(unittest.TestCase):
    def test_200_sessions_get_whole_answers(self):
        system = System("--sim", "slots=256", "--sim", "ttft=50ms", "--sim", "inter-token=10ms", "--sim", "tokens=60")
        self.addCleanup(system.destroy)
        system.up()
        system.add_user("crowd")
        token = system.token("crowd")

        async def everybody():
            return await asyncio.wait_for(
                asyncio.gather(*(session(system.info["url"], token, n) for n in range(SESSIONS))), 120
            )

        answers = asyncio.run(everybody())
        for number, (first, second) in enumerate(answers):
            self.assertIn(f"Session {number}, question 0.", first)
            self.assertIn(f"Session {number}, question 0.", second)
        self.assertEqual(system.node_idle()["completed"], SESSIONS * TURNS)


if __name__ == "__main__":
    unittest.main()
