"""A backend of somebody else's behind the WebSocket API (the source document's own, with its own client, both run by Node),
and everything that such a backend, its clients and those who are none can do wrong."""

import base64
import hashlib
import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
from urllib.parse import unquote, urlsplit

from auth_test import Forger
from harness import HandshakeRefused, System, SystemTest, eventually
from scripted_backend import ScriptedBackend, json_answer, signature

NODE = shutil.which("node")
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node")
PACKAGES = all(os.path.isdir(os.path.join(FOLDER, "node_modules", name)) for name in ("express", "ws"))
SECRET = "0123456789abcdef" * 4
MESSAGE, DISCONNECT = "/api/ws/message", "/api/ws/disconnect"
FAILED = "Failed to process message"


def secret_file(test):
    file = tempfile.NamedTemporaryFile("w", suffix=".secret")
    test.addClassCleanup(file.close)
    file.write(SECRET + "\n")
    file.flush()
    return file.name


def signed_by(secret, request):
    """The signature that a request to the backend should carry."""
    headers = request["headers"]
    return signature(secret, request["method"], unquote(request["path"]), headers["X-Wsdeep-Timestamp"], request["body"],
                     headers)


def table(system):
    """The items of the document's table."""
    target = {"x-amz-target": "DynamoDB_20120810.Scan"}
    status, answer = system.call_signed("dynamodb", "/", {"TableName": "WebSocketConnections"}, target)
    assert status == 200, answer
    return json.loads(answer)["Items"]


class NodeBackend:
    """The document's backend in a process of its own; what it says is read as it comes."""

    def __init__(self):
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")
        self.process = subprocess.Popen([NODE, os.path.join(FOLDER, "backend", "server.js")], stdout=self.log,
                                        stderr=subprocess.STDOUT, env={**os.environ, "SECRET": SECRET, "PORT": "0"})
        line = eventually(lambda: next((one for one in self.lines() if one.startswith("listening ")), None))
        self.url = f"http://127.0.0.1:{line.split()[1]}"

    def lines(self):
        with open(self.log.name, encoding="utf-8") as file:
            return file.read().splitlines()

    def requests(self, path):
        found = [json.loads(line) for line in self.lines() if line.startswith('{"method"')]
        return [one for one in found if one["path"] == path]

    def destroy(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


@unittest.skipUnless(NODE, "node is not installed (apt-get install nodejs npm)")
@unittest.skipUnless(PACKAGES, "the npm packages are not installed (cli/prepare tests)")
class TheDocument(SystemTest):
    """002 from its first step to its last, with its own code on both sides."""

    USERS = ("alice", "bob")

    @classmethod
    def setUpClass(cls):
        cls.backend = NodeBackend()
        cls.addClassCleanup(cls.backend.destroy)
        cls.OPTIONS = ("--backend", cls.backend.url, "--backend-secret-file", secret_file(cls), "--token-in-query")
        super().setUpClass()

    def address(self, session, token):
        return f"{self.system.info['url']}?sessionId={session}&token={token}"

    def test_its_own_script_gets_its_pong(self):
        before = len(self.backend.requests(DISCONNECT))
        done = subprocess.run([NODE, os.path.join(FOLDER, "backend", "test-websocket-api-gateway.cjs")],
                              env={**os.environ, "WS_URL": self.address("test-session", self.system.token("alice"))},
                              capture_output=True, text=True, timeout=30)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "[Test] Connected", done)
        self.assertRegex(lines[1], r"^\[Test\] Received: \{ type: 'pong', timestamp: \d{13} \}$")
        self.assertRegex(lines[2], r"^\[Test\] Closed: 1000 ")
        self.assertEqual(done.stderr, "")
        asked = self.backend.requests("/api/labs/session/test-session/validate")[-1]
        self.assertTrue(asked["headers"]["authorization"].startswith("Bearer ey"))
        sent = self.backend.requests(MESSAGE)[-1]
        self.assertEqual(sent["headers"]["x-connection-id"], sent["body"]["connectionId"])
        self.assertEqual((sent["body"]["type"], sent["body"]["sessionId"]), ("ping", "test-session"))
        eventually(lambda: len(self.backend.requests(DISCONNECT)) > before)
        self.assertEqual(self.backend.requests(DISCONNECT)[-1]["body"]["connectionId"], sent["body"]["connectionId"])

    def test_each_of_its_messages(self):
        client = self.system.connect(None, f"?sessionId=test-session&token={self.system.token('alice')}")
        self.addCleanup(client.close)
        for frame, wanted in (
                ({"type": "ping"}, {"type": "pong"}),
                ({"type": "command", "command": "ls -la"},
                 {"type": "command_result", "result": {"output": "Command executed", "exitCode": 0}}),
                ({"type": "resize", "cols": 120, "rows": 40}, {"type": "resize_ack"}),
                ({"type": "dance"}, {"type": "unknown_command"}),
                ({}, {"type": "unknown_command"})):
            client.send(frame)
            answer = client.receive()
            answer.pop("timestamp", None)
            self.assertEqual(answer, wanted)

    def test_its_table_has_what_it_wants_with_an_end_that_dynamodb_understands(self):
        client = self.system.connect(None, f"?sessionId=alice-session&token={self.system.token('alice')}")
        row = next(one for one in table(self.system) if one["sessionId"]["S"] == "alice-session")
        self.assertEqual(set(row), {"connectionId", "sessionId", "userId", "createdAt", "expiresAt"})
        self.assertAlmostEqual(int(row["expiresAt"]["N"]), time.time() + 24 * 3600, delta=60)
        self.assertAlmostEqual(int(row["createdAt"]["N"]), time.time() * 1000, delta=60_000)
        client.close()
        eventually(lambda: all(one["connectionId"] != row["connectionId"] for one in table(self.system)))

    def test_a_session_of_somebody_else_is_refused_in_the_backends_words(self):
        for session, words in (("bob-session", "Session belongs to another user"), ("nothing", "Session not found")):
            with self.assertRaises(HandshakeRefused) as refused:
                self.system.connect(self.system.token("alice"), f"?sessionId={session}")
            self.assertEqual((refused.exception.status, json.loads(refused.exception.body)), (400, {"error": words}))

    def test_the_chat_stays_beside_it(self):
        client = self.system.connect(self.system.token("alice"), "?sessionId=test-session")
        self.addCleanup(client.close)
        self.answer_of(self.ask(client, "Say hello."))
        client.send({"type": "ping"})
        self.assertEqual(client.receive()["type"], "pong")


EXPRESS = """import crypto from 'node:crypto';
import express from 'express';
const { SECRET, SECRET_BEFORE } = process.env;
const app = express();
%s
app.use((req, res) => res.json({ body: req.body }));
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
"""


@unittest.skipUnless(NODE, "node is not installed (apt-get install nodejs npm)")
@unittest.skipUnless(PACKAGES, "the npm packages are not installed (cli/prepare tests)")
class TheReadme(unittest.TestCase):
    """Its code in express, word for word, takes what is signed as it says, and nothing else."""

    BEFORE = "b" * 64

    def setUp(self):
        with open(os.path.join(FOLDER, "..", "..", "..", "README.md"), encoding="utf-8") as file:
            code = re.search(r"```js\n(const SECRETS .*?)```", file.read(), re.S).group(1)
        process = subprocess.Popen([NODE, "--input-type=module", "--eval", EXPRESS % code], cwd=FOLDER, text=True,
                                   stdout=subprocess.PIPE, env={**os.environ, "SECRET": SECRET, "SECRET_BEFORE": self.BEFORE})
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.port = int(process.stdout.readline())

    def ask(self, method, path, body, secret, age=0, **forged):
        stamp = str(int(time.time()) - age)
        headers = {"Content-Type": "application/json", "X-Connection-Id": "c=", "X-Session-Id": "s-1", "X-User-Id": "u-1",
                   "X-Push-Url": "https://p.example/push/c=", "Authorization": "Bearer T"}
        sign = signature(secret, method, unquote(path), stamp, body, headers)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers |= {"X-Wsdeep-Timestamp": stamp, "X-Wsdeep-Signature": sign}
            connection.request(method, path, body or None, headers | {k.replace("_", "-"): v for k, v in forged.items()})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def test_runs_as_it_stands_there(self):
        body = '{"type":"command", "command":"echo é"}'.encode()
        for secret in (SECRET, self.BEFORE):
            self.assertEqual(self.ask("POST", MESSAGE, body, secret), (200, {"body": json.loads(body)}))
            self.assertEqual(self.ask("GET", "/api/labs/session/a%3A7/validate", b"", secret)[0], 200)
        refused = 401, {"error": "not signed"}
        self.assertEqual(self.ask("POST", MESSAGE, body, "f" * 64), refused)
        for age in (400, -400):
            self.assertEqual(self.ask("POST", MESSAGE, body, SECRET, age), refused)
        for name in ("X_Connection_Id", "X_Session_Id", "X_User_Id", "X_Push_Url", "Authorization", "X_Wsdeep_Timestamp"):
            self.assertEqual(self.ask("POST", MESSAGE, body, SECRET, **{name: "1"}), refused, name)
        self.assertEqual(self.ask("POST", MESSAGE, body, SECRET, X_Wsdeep_Signature="v2="), refused)


class BackendTest(SystemTest):
    USERS = ("alice", "bob")
    MORE = ("--token-in-query",)
    TIMEOUT = "4s"  # time enough for an answer on a busy machine; what gets none takes so long

    @classmethod
    def setUpClass(cls):
        cls.backend = ScriptedBackend()
        cls.addClassCleanup(cls.backend.destroy)
        cls.secret_at = secret_file(cls)
        cls.OPTIONS = ("--backend", cls.backend.url, "--backend-secret-file", cls.secret_at, "--backend-timeout", cls.TIMEOUT,
                       *cls.MORE)
        super().setUpClass()
        cls.alice = cls.system.token("alice")

    def setUp(self):
        self.backend.answers.clear()

    def enter(self, session="s-1", token=None):
        client = self.system.connect(token or self.alice, f"?sessionId={session}")
        self.addCleanup(client.close)
        return client

    def refused(self, query="?sessionId=s-1", token=None, **options):
        with self.assertRaises(HandshakeRefused) as refused:
            self.system.connect(token, query, **options).close()
        return refused.exception.status, json.loads(refused.exception.body)

    def exchange(self, client, frame):
        client.send(frame) if not isinstance(frame, str) else client.send_text(frame)
        return client.receive()

    def connection_of(self, client):
        """The id that the backend has for the client, and the address where it pushes."""
        self.backend.answers[MESSAGE] = lambda request: json_answer(
            {"id": request["headers"]["X-Connection-Id"], "push": request["headers"]["X-Push-Url"]})
        answer = self.exchange(client, {"type": "who"})
        del self.backend.answers[MESSAGE]
        return answer["id"], answer["push"]


class Connecting(BackendTest):
    def test_without_a_session_or_with_one_that_cannot_be(self):
        self.assertEqual(self.refused("", self.alice), (400, {"error": "Session ID required"}))
        before = len(self.backend.requests)
        for bad in ("..", "a%2Fb", "a%20b", "a%3Fx=1", "x" * 129, "%C3%A9", "%0d%0aX-Evil:1"):
            self.assertEqual(self.refused(f"?sessionId={bad}", self.alice), (400, {"error": "Invalid session"}), bad)
        self.assertEqual(len(self.backend.requests), before)

    def test_without_a_token_or_with_one_that_is_none(self):
        forger = Forger(self.system.state, self.alice)
        before = len(self.backend.requests)
        for token in (None, "nonsense", forger.unsigned(), forger.hs256_with_public_key(), self.alice[:-4] + "AAAA",
                      forger.sign({"exp": int(time.time()) - 3600}), forger.sign({"aud": "another-client"})):
            self.assertEqual(self.refused(token=token)[0], 401)
            if token:
                self.assertEqual(self.refused(f"?sessionId=s-1&token={token}")[0], 401)
        self.assertEqual(len(self.backend.requests), before, "nobody asks the backend for him")

    def test_what_the_backend_gets_to_see(self):
        self.enter("lab:7")
        asked = self.backend.wait_for("/api/labs/session/lab:7/validate")[-1]
        self.assertEqual(asked["method"], "GET")
        headers = asked["headers"]
        self.assertEqual(headers["Authorization"], f"Bearer {self.alice}")
        self.assertEqual(headers["X-Session-Id"], "lab:7")
        self.assertEqual(headers["X-Wsdeep-Signature"], signed_by(SECRET, asked))
        for name in ("Authorization", "X-Session-Id", "X-User-Id", "X-Connection-Id", "X-Push-Url"):
            forged = {**asked, "headers": {**headers, name: headers[name] + "x"}}
            self.assertNotEqual(headers["X-Wsdeep-Signature"], signed_by(SECRET, forged), name)
        self.assertAlmostEqual(int(headers["X-Wsdeep-Timestamp"]), time.time(), delta=60)

    def test_the_session_may_stand_in_the_token(self):
        token = Forger(self.system.state, self.alice).sign({"sessionId": "in-the-token"})
        self.system.connect(token).close()
        self.backend.wait_for("/api/labs/session/in-the-token/validate")

    def test_its_words_reach_who_is_refused_and_others_do_not(self):
        for answer, words in ((json_answer({"error": "Session expired"}, 404), "Session expired"),
                              (json_answer({"valid": False}), "Invalid session"),
                              ((403, {"Content-Type": "text/html"}, b"<h1>Forbidden</h1>"), "Invalid session"),
                              ((401, {}, b""), "Invalid session")):
            self.backend.answers["validate"] = answer
            self.assertEqual(self.refused(token=self.alice), (400, {"error": words}))

    def test_a_backend_that_cannot_say_lets_nobody_in(self):
        down = (503, {"error": "Session validation failed: the backend does not answer"})
        for answer in ((500, {}, b"oops"), (502, {}, b"<html>"), (200, {}, b"<!doctype html><title>app</title>"),
                       (302, {"Location": "http://127.0.0.1:1/"}, b""), (200, {}, b"x" * 200_000), None):
            self.backend.answers["validate"] = answer
            self.assertEqual(self.refused(token=self.alice), down, answer and answer[:2])
            del self.backend.answers["validate"]
            self.enter()
        self.assertEqual(table(self.system) and {r["sessionId"]["S"] for r in table(self.system)}, {"s-1"})

    def test_whom_the_chat_refuses_is_no_client_of_the_backends(self):
        claims = json.loads(base64.urlsafe_b64decode(self.alice.split(".")[1] + "=="))
        digest = hashlib.sha256(f"{claims['sub']}\ntaken".encode()).digest()
        item = {"chatId": {"S": base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}, "itemKey": {"S": "meta"},
                "userId": {"S": "somebody else"}, "ttl": {"N": str(int(time.time()) + 3600)}}
        status, answer = self.system.call_signed("dynamodb", "/", {"TableName": "wsdeep-chats", "Item": item},
                                                 {"x-amz-target": "DynamoDB_20120810.PutItem"})
        self.assertEqual(status, 200, answer)
        self.assertEqual(self.refused("?sessionId=taken", self.alice)[0], 403)
        self.assertNotIn("taken", {one["sessionId"]["S"] for one in table(self.system)})

    def test_a_stutter_of_the_backend_is_nobodys_trouble(self):
        answers = iter([(503, {}, b""), (502, {}, b""), json_answer({"valid": True})])
        self.backend.answers["validate"] = lambda _: next(answers)
        self.enter("stutter")


class Messages(BackendTest):
    def test_who_sends_is_what_we_know_and_not_what_he_says(self):
        client = self.enter()
        self.backend.answers[MESSAGE] = lambda request: (200, {}, request["body"])
        lie = {"type": "x", "userId": "root", "sessionId": "theirs", "connectionId": "other", "n": 12345678901234567,
               "text": "é😀\u2028"}
        echo = self.exchange(client, lie)
        self.assertEqual((echo["sessionId"], echo["n"], echo["text"]), ("s-1", lie["n"], lie["text"]))
        self.assertNotIn("root", json.dumps(echo))
        request = self.backend.wait_for(MESSAGE)[-1]
        self.assertEqual(request["headers"]["X-User-Id"], echo["userId"])
        self.assertEqual(request["headers"]["X-Connection-Id"], echo["connectionId"])
        self.assertEqual(request["headers"]["Content-Type"], "application/json")
        self.assertEqual(request["headers"]["X-Wsdeep-Signature"], signed_by(SECRET, request))

    def test_what_is_no_object_does_not_reach_it(self):
        client = self.enter()
        before = self.backend.count(MESSAGE)
        for bad in ("nonsense", "[]", "7", '"text"', "{", '{"a":' + "[" * 200 + "]" * 200 + "}"):
            self.assertEqual(self.exchange(client, bad),
                             {"error": "Message must be a JSON object", "reason": "invalid_message"}, bad)
        self.assertEqual(self.backend.count(MESSAGE), before)

    def test_its_answers_good_and_bad(self):
        client = self.enter()
        cases = (
            (json_answer({"type": "pong"}), {"type": "pong"}),
            (json_answer({"error": "Failed to handle message"}, 500), {"error": "Failed to handle message"}),
            ((200, {}, b"<html>hello</html>"), {"error": FAILED, "reason": "backend_answer"}),
            ((500, {}, b"Internal Server Error"), {"error": FAILED, "reason": "backend_answer"}),
            ((200, {}, b'{"cut": "of'), {"error": FAILED, "reason": "backend_answer"}),
            ((200, {}, b'{"bytes":"\xff"}'), {"error": FAILED, "reason": "backend_answer"}),
            ((200, {}, json.dumps("x" * 131_000).encode()), "x" * 131_000),
            ((200, {}, json.dumps("x" * 131_071).encode()), {"error": FAILED, "reason": "answer_too_large"}),
            ((502, {}, b"<html>bad gateway</html>"), {"error": FAILED, "reason": "backend_down"}),
            (None, {"error": FAILED, "reason": "backend_timeout"}),
            ((302, {"Location": self.backend.url + "/elsewhere"}, b""), {"error": FAILED, "reason": "backend_answer"}))
        for answer, wanted in cases:
            self.backend.answers[MESSAGE] = answer
            self.assertEqual(self.exchange(client, {"type": "ping"}), wanted)
        self.assertEqual(self.backend.count("/elsewhere"), 0)

    def test_a_message_that_may_have_arrived_is_not_sent_twice(self):
        client = self.enter()
        self.backend.answers[MESSAGE] = None
        before = self.backend.count(MESSAGE)
        self.assertEqual(self.exchange(client, {"type": "command", "command": "rm -r x"})["reason"], "backend_timeout")
        self.assertEqual(self.backend.count(MESSAGE), before + 1)


class Slow(BackendTest):
    TIMEOUT = "25s"

    def test_one_that_is_slow_holds_up_nobody_else(self):
        slow, quick = self.enter("slow"), self.enter("quick")
        came, other = threading.Event(), threading.Event()

        def answer(request):
            if b'"slow"' not in request["body"]:
                other.set()
                return json_answer({"type": "pong"})
            came.set()
            return json_answer({"passed": other.wait(20)})

        self.backend.answers[MESSAGE] = answer
        slow.send({"type": "ping"})
        self.assertTrue(came.wait(20))
        self.assertEqual(self.exchange(quick, {"type": "ping"}), {"type": "pong"})
        self.assertEqual(slow.receive(), {"passed": True})


class GoingAway(BackendTest):
    def told_of(self, connection_id):
        """What the backend was told of the connection's end."""
        with self.backend.arrived:
            bodies = [json.loads(r["body"]) for r in self.backend.requests if r["path"] == DISCONNECT]
        return [body for body in bodies if body["connectionId"] == connection_id]

    def test_an_end_is_told_when_the_backend_is_back_and_messages_go_again(self):
        client, leaver = self.enter("stays"), self.enter("leaves")
        gone_id, _ = self.connection_of(leaver)
        self.backend.stop()
        self.assertEqual(self.exchange(client, {"type": "ping"}), {"error": FAILED, "reason": "backend_down"})
        leaver.close()
        eventually(lambda: any(one.get("to") == "open" for one in self.system.log("wsdeep-backend")))
        self.assertEqual(self.refused("?sessionId=late", self.alice)[0], 503)
        self.backend.start()
        self.assertEqual([one["sessionId"] for one in eventually(lambda: self.told_of(gone_id))], ["leaves"])
        self.backend.answers[MESSAGE] = json_answer({"type": "pong"})
        eventually(lambda: self.exchange(client, {"type": "ping"}) == {"type": "pong"})
        lines = [one for one in self.system.log("wsdeep-backend") if "circuit" in one]
        self.assertTrue({one["circuit"] for one in lines} >= {"closed"})

    def test_an_end_is_told_once_where_all_is_well(self):
        client = self.enter("once")
        gone_id, _ = self.connection_of(client)
        client.drop()
        eventually(lambda: all(one["connectionId"]["S"] != gone_id for one in table(self.system)))
        told = eventually(lambda: self.told_of(gone_id))
        self.assertEqual([(one["sessionId"], one["connectionId"]) for one in told], [("once", gone_id)])


class Pusher(BackendTest):
    def push(self, url, body, secret=SECRET, timestamp=None, headers=None, path=None, method="POST"):
        parts = urlsplit(url)
        timestamp = str(int(time.time())) if timestamp is None else timestamp
        signed = {"X-Wsdeep-Timestamp": timestamp,
                  "X-Wsdeep-Signature": signature(secret, "POST", path or parts.path, timestamp, body)}
        connection = http.client.HTTPConnection(parts.netloc, timeout=20)
        try:
            connection.request(method, parts.path, body, signed if headers is None else headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()


class Pushing(Pusher):
    def test_a_frame_reaches_its_client_as_it_is(self):
        client, other = self.enter("a"), self.enter("b")
        _, url = self.connection_of(client)
        for frame in (b'{"type": "output",  "data": "\xc3\xa9"}', b"plain text", b"x" * 131_072):
            self.assertEqual(self.push(url, frame), (200, {"success": True}))
            self.assertEqual(client.receive_text().encode(), frame)
        self.assertEqual(self.exchange(other, {"type": "ping"}), {"success": True}, "and nobody else")

    def test_who_cannot_sign_pushes_nothing(self):
        client = self.enter()
        _, url = self.connection_of(client)
        now = int(time.time())
        for bad in (dict(secret="f" * 64), dict(timestamp=str(now - 400)), dict(timestamp=str(now + 400)),
                    dict(timestamp="soon"), dict(headers={}), dict(path="/push/other="),
                    dict(headers={"X-Wsdeep-Timestamp": str(now), "X-Wsdeep-Signature": "v2=" + "0" * 64}),
                    dict(headers={"Authorization": f"Bearer {self.alice}"})):
            status, answer = self.push(url, b"{}", **bad)
            self.assertEqual(status, 401, bad)
            self.assertIn("error", answer)
        self.assertEqual(self.exchange(client, {"type": "ping"}), {"success": True}, "nothing has come before this")

    def test_what_cannot_be_pushed(self):
        client = self.enter()
        identity, url = self.connection_of(client)
        base = url[: -len(identity)]
        self.assertEqual(self.push(url, b"x" * 131_073)[0], 413)
        self.assertEqual(self.push(url, b"")[0], 400)
        self.assertEqual(self.push(url, b"\xff\xfe")[0], 400)
        self.assertEqual(self.push(base + "JC1dgf9yoAMCK-g=", b"{}")[0], 404)
        self.assertEqual(self.push(url, b"{}", method="GET")[0], 404)

    def test_one_who_has_gone_is_gone(self):
        client = self.enter()
        identity, url = self.connection_of(client)
        client.close()
        eventually(lambda: all(one["connectionId"]["S"] != identity for one in table(self.system)))
        self.assertEqual(self.push(url, b"{}")[0], 404)


class ANewSecret(Pusher):
    """The secret is replaced while all runs: what is signed by the one before is still taken, and nobody hears a refusal."""

    NEW, THIRD = "fedcba9876543210" * 4, "0f1e2d3c4b5a6978" * 4

    def knows(self, secret):
        """From now on the backend refuses what is signed by another."""
        def judged(request):
            headers = request["headers"]
            good = signed_by(secret, request) == headers["X-Wsdeep-Signature"]
            return json_answer({"valid": True} if good else {"error": "not signed"}, 200 if good else 401)

        self.backend.answers["validate"] = self.backend.answers[MESSAGE] = judged

    def replace(self, secret):
        with open(self.secret_at, "w", encoding="utf-8") as file:
            file.write(secret + "\n")

    def test_is_taken_up_in_both_directions(self):
        client = self.enter("before")
        _, url = self.connection_of(client)
        self.assertEqual(self.push(url, b'"of the old"')[0], 200)
        self.assertEqual(client.receive_text(), '"of the old"')
        self.replace(self.NEW)
        self.addCleanup(self.replace, SECRET)
        self.assertEqual(self.push(url, b'"a"', secret=self.NEW), (200, {"success": True}))
        self.assertEqual(client.receive_text(), '"a"')
        self.assertEqual(self.push(url, b'"b"'), (200, {"success": True}), "of the one before")
        self.assertEqual(client.receive_text(), '"b"')
        self.knows(self.NEW)
        before = self.backend.count(MESSAGE)
        self.assertEqual(self.exchange(client, {"type": "ping"}), {"valid": True})
        self.assertEqual(self.backend.count(MESSAGE), before + 2, "refused once, and sent again")
        self.assertEqual(self.exchange(client, {"type": "ping"}), {"valid": True})
        self.assertEqual(self.backend.count(MESSAGE), before + 3)
        self.enter("after")
        self.replace(self.THIRD)
        self.assertEqual(self.push(url, b'"c"', secret=self.THIRD)[0], 200)
        self.assertEqual(client.receive_text(), '"c"')
        self.assertEqual(self.push(url, b'"d"')[0], 401, "two before is none")

    def test_a_backend_that_still_has_the_one_before_is_spoken_to_by_that(self):
        client = self.enter("behind")
        self.replace(self.NEW)
        self.addCleanup(self.replace, SECRET)
        self.knows(self.NEW)
        self.assertEqual(self.exchange(client, {"type": "ping"}), {"valid": True}, "the function has the new one")
        self.knows(SECRET)
        before = self.backend.count(MESSAGE)
        self.assertEqual(self.exchange(client, {"type": "ping"}), {"valid": True})
        self.assertEqual(self.backend.count(MESSAGE), before + 2)
        self.replace(SECRET)
        self.assertEqual(self.exchange(client, {"type": "ping"}), {"valid": True}, "and has the old one again")

    def test_a_backend_that_knows_another_is_not_asked_twice(self):
        client = self.enter("other")
        self.knows("e" * 64)
        before = self.backend.count(MESSAGE)
        self.assertEqual(self.exchange(client, {"type": "ping"}), {"error": "not signed"})
        self.assertEqual(self.backend.count(MESSAGE), before + 1)


class Secrets(unittest.TestCase):
    """What the functions could not work with is said before anything starts."""

    def test_a_secret_that_is_none_is_refused(self):
        system = System()
        self.addCleanup(system.destroy)
        folder = os.path.join(system.state, "secrets")
        os.mkdir(folder)
        for name, text in (("short", "short\n"), ("empty", "")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        for option, more, least in (("--backend-secret-file", ("--backend", "http://127.0.0.1:9"), 32),
                                    ("--hs256-secret-file", (), 16)):
            for name, words in (("none", f"there is no file {folder}/none"),
                                ("short", f"the secret in {folder}/short has 5 bytes, and needs {least} at least"),
                                ("empty", f"the secret in {folder}/empty has 0 bytes, and needs {least} at least")):
                tried = system.run("local", "up", "--detach", "--port", "0", *more, option, os.path.join(folder, name))
                self.assertNotEqual(tried.code, 0, tried)
                self.assertIn(f"{option}: {words}\nmake one with: openssl rand -hex 32\n", tried.err)
                self.assertEqual(system.run("local", "status").code, 1, "nothing was started")


class Unsigned(SystemTest):
    """Nobody at the backend's address, which is allowed to be so; and no secret."""

    @classmethod
    def setUpClass(cls):
        backend = ScriptedBackend()
        backend.stop()
        cls.OPTIONS = ("--backend", backend.url + "/base/", "--backend-continue", "--backend-route", "lab.run")
        cls.backend = backend
        super().setUpClass()

    def test_clients_come_in_unasked_and_hear_so_when_they_speak(self):
        client = self.system.connect(self.system.token("alice"), "?sessionId=s-1")
        self.addCleanup(client.close)
        self.assertIn("let in unasked", self.system.log("wsdeep-connect")[-1]["cause"])
        client.send({"action": "lab.run"})
        self.assertEqual(client.receive(), {"error": FAILED, "reason": "backend_down"})
        client.send({"type": "ping"})
        self.assertEqual(client.receive()["type"], "pong", "$default is the chat's here")
        self.backend.start()
        self.addCleanup(self.backend.destroy)
        self.backend.answers["/base/api/ws/message"] = json_answer({"type": "done"})

        def done():
            client.send({"action": "lab.run"})
            return client.receive() == {"type": "done"}

        eventually(done)
        headers = self.backend.wait_for("/base/api/ws/message")[-1]["headers"]
        self.assertNotIn("X-Wsdeep-Signature", headers)
        self.assertNotIn("X-Push-Url", headers)


if __name__ == "__main__":
    unittest.main()
