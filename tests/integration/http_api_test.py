"""What the local HTTP API and its function URLs make of a function's answer: one that is too large, one that is streamed
to somebody who does not read, one whose head is none."""

import http.client
import json
import os
import shutil
import socket
import tempfile
import time
import unittest
from urllib.parse import urlsplit

from harness import eventually
from scripted_functions import ScriptedSystem

PIECES, PIECE = 256, 256 * 1024
# What `body` of the request asks for. `stream` sends an answer in chunks, and says how many of them were taken.
ANSWERS = """
import select

def stream(request_id, pieces, kind="application/vnd.awslambda.http-integration-response"):
    api = http.client.HTTPConnection(host, int(port))
    api.putrequest("POST", f"/2018-06-01/runtime/invocation/{request_id}/response")
    for name, value in (("Content-Type", kind), ("Lambda-Runtime-Function-Response-Mode", "streaming"),
                        ("Transfer-Encoding", "chunked")):
        api.putheader(name, value)
    api.endheaders()
    taken = 0
    try:
        for piece in pieces:
            if select.select([api.sock], [], [], 0)[0]: break  # a word before the end of the body can only be a no
            api.send(b"%x\\r\\n" % len(piece) + piece + b"\\r\\n")
            taken += 1
        api.send(b"0\\r\\n\\r\\n")
        api.getresponse().read()
    except OSError:
        pass
    with open(FOLDER + "/taken", "w") as file:
        file.write(str(taken))

def answer(event, request_id):
    said = event.get("body") or event["rawPath"].rpartition("/")[2]
    head = b'{"statusCode":200,"headers":{"content-type":"text/plain"}}'
    if said == "large": return {"statusCode": 200, "body": "x" * (7 << 20)}
    if said == "flood": stream(request_id, [head + bytes(8)] + [b"x" * PIECE] * PIECES)
    if said == "large-stream": stream(request_id, [b"x" * (1 << 20)] * 7, "text/plain")
    if said == "half-a-head": stream(request_id, [head])
    if said == "endless-head": stream(request_id, [b" " * 65536, head] + [b" " * 65536] * 512)
    if said == "bad-head": stream(request_id, [b"no head" + bytes(8)] + [b"x" * 65536] * 512)
    if said == "plain-stream": stream(request_id, [], "text/plain")
    if said == "streamed": stream(request_id, [head + bytes(4), bytes(4) + b"one ", b"two"])
    if said == "twice":
        stream(request_id, [head + bytes(8), b"once"])
        stream(request_id, [head + bytes(8), b"again"])
    return {"statusCode": 200, "headers": {"host": event["requestContext"]["domainName"]}, "body": said}
"""


class HttpApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wsdeep-http-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.system = ScriptedSystem(**{"rest-chat": f"FOLDER, PIECES, PIECE = {cls.folder!r}, {PIECES}, {PIECE}\n" + ANSWERS})
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        cls.place = urlsplit(cls.system.info["endpoint"])

    def setUp(self):
        if os.path.exists(os.path.join(self.folder, "taken")):
            os.remove(os.path.join(self.folder, "taken"))

    def taken(self):
        """How many pieces of its stream the function got rid of."""
        path = os.path.join(self.folder, "taken")
        text = eventually(lambda: os.path.exists(path) and open(path, encoding="utf-8").read(), 30)
        return int(text)

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self.place.netloc, timeout=20)
        self.addCleanup(connection.close)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()

    def ask_url(self, body):
        return self.ask("POST", "/chat", body, {"Accept": "text/event-stream"})

    def invoke(self, event):
        """By the Invoke API, synchronously: payload of the answer."""
        path = "/2015-03-31/functions/wsdeep-rest-chat/invocations"
        status, text = self.system.call_signed("lambda", path, event, {"x-amz-invocation-type": "RequestResponse"})
        self.assertEqual(status, 200, text[:200])
        return text


class Limits(HttpApi):
    def test_an_answer_of_more_than_six_megabytes_is_an_error_at_once(self):
        began = time.monotonic()
        status, _, body = self.ask("GET", "/chats/large")
        self.assertEqual((status, body), (500, '{"message":"Internal Server Error"}'))
        self.assertLess(time.monotonic() - began, 15)
        failure = json.loads(self.invoke({"body": "large"}))
        self.assertEqual(failure["errorType"], "Function.ResponseSizeTooLarge", failure)
        self.assertIn("exceeded maximum allowed payload size", failure["errorMessage"])
        self.assertEqual(self.ask("GET", "/chats/small")[0], 200)

    def test_a_stream_for_who_asked_for_none_is_whole_or_an_error(self):
        failure = self.invoke({"body": "large-stream"})
        self.assertEqual(json.loads(failure)["errorType"], "Function.ResponseSizeTooLarge", failure[:200])


class Streams(HttpApi):
    def test_one_comes_as_it_is_sent(self):
        status, headers, body = self.ask_url("streamed")
        self.assertEqual((status, headers["content-type"], body), (200, "text/plain", "one two"))
        self.assertEqual(self.ask_url("twice")[2], "once")
        self.assertEqual(self.ask_url("plain-stream")[::2], (200, ""))

    def test_who_does_not_read_is_cut_off_and_does_not_take_it_for_whole(self):
        client = socket.socket()
        self.addCleanup(client.close)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        client.settimeout(20)
        client.connect((self.place.hostname, self.place.port))
        client.sendall(b"POST /chat HTTP/1.1\r\nHost: t\r\nAccept: text/event-stream\r\nContent-Length: 5\r\n\r\nflood")
        self.assertLess(self.taken(), PIECES)
        received = b""
        try:
            while piece := client.recv(1 << 20):
                received = (received + piece)[-64:]
        except ConnectionResetError:
            pass
        self.assertTrue(received)
        self.assertFalse(received.endswith(b"0\r\n\r\n"), received)

    def test_a_head_that_is_none_is_a_bad_gateway_and_the_function_is_stopped(self):
        for said in ("half-a-head", "bad-head", "endless-head"):
            with self.subTest(said):
                self.setUp()
                status, _, body = self.ask_url(said)
                self.assertEqual((status, body), (502, '{"message":"Internal Server Error"}'))
                self.assertLess(self.taken(), 500)

    def test_whether_it_streams_is_not_the_hosts_to_say(self):
        host = "abc.lambda-url.us-east-1.on.aws"
        status, headers, body = self.ask("GET", "/chats/plain", None, {"Host": host, "Accept": "text/event-stream"})
        self.assertEqual((status, body), (200, "plain"))
        self.assertNotIn("lambda-url", headers["host"])
        status, headers, body = self.ask("POST", "/chat", "plain", {"Host": host})
        self.assertEqual((status, body), (200, "plain"))


if __name__ == "__main__":
    unittest.main()
