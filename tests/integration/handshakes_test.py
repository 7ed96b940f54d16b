"""Opening handshakes byte by byte: what the emulated gateway answers to those that are none, and what `wsdeep chat` and
`wsdeep connect` say of answers that are none."""

import base64
import hashlib
import socket
import unittest

from harness import SystemTest
from scripted_server import ScriptedServer, read_until, say_last

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class Gateway(SystemTest):
    def exchange(self, request):
        """The head of what the gateway answers to these bytes, its fields by lower-case name, and the body's words."""
        with socket.create_connection(("127.0.0.1", int(self.system.info["endpoint"].rsplit(":", 1)[1])), 20) as peer:
            peer.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer or (b" 101 " not in answer and b"}" not in answer):
                data = peer.recv(65536)
                if not data:
                    break
                answer += data
        head, _, body = answer.decode().partition("\r\n\r\n")
        status, *fields = head.split("\r\n")
        return status, {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}, body

    def request(self, line="GET /prod HTTP/1.1", drop=(), add=()):
        fields = ["Host: gateway", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {KEY}",
                  "Sec-WebSocket-Version: 13", f"Authorization: Bearer {self.system.token('alice')}"]
        kept = [field for field in fields if not field.startswith(tuple(drop))] if drop else fields
        return "\r\n".join([line, *kept, *add, "", ""]).encode()

    def test_those_that_are_one(self):
        for request in (
            self.request(),
            self.request(drop=("Upgrade", "Connection"), add=("upgrade: WebSocket", "connection: keep-alive, UPGRADE")),
            self.request(drop=("Connection",), add=("Connection: keep-alive", "Connection: upgrade")),
            self.request(add=("Sec-WebSocket-Extensions: permessage-deflate",)),
            self.request(add=("Sec-WebSocket-Protocol: chat, superchat",)),
            self.request(add=("Content-Length: 0",)),
            self.request("GET /prod?sessionId=a HTTP/1.1"),
        ):
            with self.subTest(request):
                status, fields, _ = self.exchange(request)
                self.assertEqual(status, "HTTP/1.1 101 Switching Protocols")
                self.assertEqual(fields["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                self.assertNotIn("sec-websocket-extensions", fields)
                self.assertNotIn("sec-websocket-protocol", fields)

    def test_those_that_are_none(self):
        rows = (
            (self.request(drop=("Upgrade", "Connection", "Sec-")), "426 Upgrade Required", "Upgrade Required"),
            (self.request(drop=("Upgrade",)), "426 Upgrade Required", "Upgrade Required"),
            (self.request(drop=("Upgrade",), add=("Upgrade: h2c",)), "426 Upgrade Required", "Upgrade Required"),
            (self.request(drop=("Connection",)), "426 Upgrade Required", "Upgrade Required"),
            (self.request("GET /prod HTTP/1.0"), "426 Upgrade Required", "Upgrade Required"),
            (self.request("POST /prod HTTP/1.1", add=("Content-Length: 0",)), "405 Method Not Allowed", "by GET"),
            (self.request("HEADS /prod HTTP/1.1"), "405 Method Not Allowed", "by GET"),
            (self.request(drop=("Sec-WebSocket-Version",)), "400 Bad Request", "Sec-WebSocket-Version is missing"),
            (self.request(add=("Sec-WebSocket-Version: 13",)), "400 Bad Request", "there twice"),
            *((self.request(drop=("Sec-WebSocket-Version",), add=(f"Sec-WebSocket-Version: {version}",)),
               "426 Upgrade Required", "Sec-WebSocket-Version must be 13")
              for version in ("0", "8", "14", "13, 8", "x")),
            (self.request(drop=("Sec-WebSocket-Key",)), "400 Bad Request", "Sec-WebSocket-Key is missing"),
            (self.request(add=(f"Sec-WebSocket-Key: {KEY}",)), "400 Bad Request", "Sec-WebSocket-Key is there twice"),
            *((self.request(drop=("Sec-WebSocket-Key",), add=(f"Sec-WebSocket-Key: {key}",)), "400 Bad Request",
               "16 bytes in base64")
              for key in ("", "short", KEY[:-2], KEY + "=", "dGhlIHNhbXBsZSBub25jZTE3", "?" * 24)),
            (self.request(drop=("Host",)), "400 Bad Request", ""),
            (self.request(add=("Host: other",)), "400 Bad Request", ""),
            (self.request("GET /prod HTTP/2.0"), "400 Bad Request", ""),
            (self.request("GET  /prod HTTP/1.1"), "400 Bad Request", ""),
            (self.request(add=("no colon",)), "400 Bad Request", ""),
            (self.request(add=("Space : before colon",)), "400 Bad Request", ""),
            (self.request(add=("X: " + "x" * 40_000,)), "431 Request Header Fields Too Large", ""),
            (self.request(drop=("Authorization",)), "401 Unauthorized", "Unauthorized"),
        )
        for request, status, words in rows:
            with self.subTest(request[:300]):
                line, fields, body = self.exchange(request)
                self.assertEqual(line, f"HTTP/1.1 {status}")
                self.assertIn(words, body)
                if status.startswith("426"):
                    self.assertEqual((fields["sec-websocket-version"], fields["upgrade"]), ("13", "websocket"))
                    self.assertIn("upgrade", fields["connection"])
                if status.startswith("405"):
                    self.assertEqual(fields["allow"], "GET")


class Answer(ScriptedServer):
    """Answers any handshake with `answer`, in which ACCEPT is the right answer to its key; `asked_by` ends what it waits
    for."""

    def __init__(self, answer, asked_by=b"\r\n\r\n"):
        super().__init__()
        self.answer, self.asked_by, self.asked = answer, asked_by, 0
        self.url = f"ws://127.0.0.1:{self.port}/prod"

    def play(self, client):
        self.asked += 1
        head = read_until(client, self.asked_by)
        keys = [line[19:] for line in head.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key: ")]
        accept = base64.b64encode(hashlib.sha1(b"".join(keys) + MAGIC).digest())
        say_last(client, self.answer.replace(b"ACCEPT", accept))


class Clients(SystemTest):
    def run_command(self, *words, url):
        info = self.system.info
        return self.system.run(*words, "--url", url, "--user-pool-id", info["userPoolId"], "--client-id",
                               info["clientId"], "--region", info["region"], "--endpoint", info["endpoint"], stdin="")

    def test_what_they_say_of_each_answer(self):
        switching, upgrade = b"HTTP/1.1 101 Switching Protocols\r\n", b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
        good = switching + upgrade + b"Sec-WebSocket-Accept: ACCEPT\r\n"
        invalid = "the server's answer is not a valid WebSocket handshake: "
        url = "check the URL: API Gateway's is wss:// and ends in the stage, such as /prod"
        rows = (
            (good + b"Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n", 1,
             invalid + "it uses an extension that was not offered: 'permessage-deflate"),
            (good + b"Sec-WebSocket-Extensions: x-webkit-deflate-frame\r\n\r\n", 1, invalid + "it uses an extension"),
            (good + b"Sec-WebSocket-Protocol: graphql-ws\r\n\r\n", 1,
             invalid + "it speaks a subprotocol that was not offered: 'graphql-ws'"),
            (good.replace(b"ACCEPT", b"AAAAAAAAAAAAAAAAAAAAAAAAAAA="), 1, "the server hung up"),
            (good.replace(b"ACCEPT", b"AAAAAAAAAAAAAAAAAAAAAAAAAAA=") + b"\r\n", 1,
             invalid + "its Sec-WebSocket-Accept does not answer our key"),
            (switching + upgrade + b"\r\n", 1, invalid + "it has no Sec-WebSocket-Accept"),
            (good + b"Sec-WebSocket-Accept: ACCEPT\r\n\r\n", 1, invalid + "Sec-WebSocket-Accept is there twice"),
            (good.replace(b"Upgrade: websocket\r\n", b"") + b"\r\n", 1, invalid + "it has no 'Upgrade: websocket'"),
            (good.replace(b"Connection: Upgrade\r\n", b"") + b"\r\n", 1, invalid + "it has no 'Connection: Upgrade'"),
            (good.replace(b"Connection: Upgrade", b"Connection: close") + b"\r\n", 1,
             invalid + "it has no 'Connection: Upgrade'"),
            (good.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n", 1, invalid + "it is not HTTP/1.1"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 1, "a page answers, not a WebSocket (200)"),
            (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", 1, url),
            (b"HTTP/1.1 301 Moved\r\nLocation: wss://new.test/prod?x=1\r\n\r\n", 1, "if wss://new.test/prod is yours"),
            (b"HTTP/1.1 302 Found\r\nLocation: https://login.test/\r\n\r\n", 1, "the server sends us elsewhere (302)"),
            (b"HTTP/1.1 307 Temporary Redirect\r\n\r\n", 1, url),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", 1, "the server answered 400"),
            (b"HTTP/1.1 401 Unauthorized\r\n\r\n", 3, "not signed in: the token was not accepted (401)"),
            (b"HTTP/1.1 403 Forbidden\r\n\r\n{\"message\":\"Forbidden\"}", 3,
             "this user or origin may not connect here (403)"),
            (b"HTTP/1.1 404 Not Found\r\n\r\n", 1, "nothing is at this address (404)"),
            (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", 1, "name that proxy in HTTPS_PROXY"),
            (b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8\r\n\r\n", 1,
             "may not pass on Upgrade and Connection"),
            (b"HTTP/1.1 500 Internal Server Error\r\n\r\n", 1, "wsdeep logs --function authorizer"),
            (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", 1, "wsdeep logs --function connect"),
            (b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n\r\n", 1, "is not there, or too slow"),
            (b"HTTP/1.1 504 Gateway Timeout\r\n\r\n", 1, "is not there, or too slow"),
            (b"HTTP/1.1 599 \r\n\r\n", 1, "the server answered 599"),
            (b"", 1, "the server hung up"),
            (b"HTTP/1.1 10", 1, "the server hung up"),
            (b"+OK POP3 ready\r\n\r\n", 1, "the server's answer is not HTTP"),
            (b"HTTP/2 200\r\n\r\n", 1, "the server's answer is not HTTP"),
            (b"\x15\x03\x01\x00\x02\x02\x46", 1, "the server speaks TLS: use wss://"),
            (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18), 1, ""),
        )
        for answer, code, words in rows:
            for command in (("chat", "-m", "hi"), ("connect",)):
                with self.subTest(answer, command=command[0]), Answer(answer) as server:
                    result = self.run_command(*command, url=server.url)
                    self.assertEqual((result.code, result.out), (code, ""), result)
                    self.assertIn(words, result.err)
                    self.assertIn(f"cannot {command[0]}: ", result.err)
                    self.assertEqual(server.asked, 1, "tried once")

    def test_what_they_say_when_a_server_has_too_many(self):
        with Answer(b"HTTP/1.1 429 Too Many Requests\r\n\r\n") as server:
            result = self.run_command("chat", "-m", "hi", "--timeout", "1", url=server.url)
            self.assertEqual(result.code, 1, result)
            self.assertIn("too many connections at once (429), connecting again in", result.err)

    def test_what_they_say_of_a_server_without_tls(self):
        for head, words in ((b"HTTP/1.1 400 Bad Request\r\n\r\n", "the server does not speak TLS on this port"),
                            (b"", "does it speak TLS on this port?")):
            with self.subTest(head), Answer(head, asked_by=b"\x16\x03") as server:
                result = self.run_command("chat", "-m", "hi", url=server.url.replace("ws://", "wss://"))
                self.assertEqual(result.code, 1, result)
                self.assertIn(words, result.err)


if __name__ == "__main__":
    unittest.main()
