"""REST chat: its document's walk-through with curl, boto3 and the AWS CLI, who may ask, and streams."""

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

from harness import TIMEOUT, eventually
from rest_chat import SECRET, RestChat, claims_of, events_of, pyjwt

ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


class Document(RestChat):
    def test_the_documents_request_gets_the_documents_response(self):
        status, body = self.ask({"prompt": "Hello, how are you?"})
        self.assertEqual(status, 200, body)
        self.assertEqual(list(body), ["response", "chat"])
        chat = body["chat"]
        self.assertEqual(list(chat), ["id", "user_id", "title", "created_at", "updated_at", "messages"])
        self.assertRegex(chat["id"], UUID)
        self.assertEqual(chat["user_id"], claims_of(self.alice)["sub"])
        self.assertEqual(chat["title"], "Hello, how are you?")
        self.assertRegex(chat["created_at"], ISO)
        self.assertRegex(chat["updated_at"], ISO)
        self.assertEqual(chat["messages"], [{"role": "user", "content": "Hello, how are you?"},
                                            {"role": "assistant", "content": body["response"]}])
        # Carried on, and seen by boto3 as the document's item.
        status, again = self.ask({"prompt": "And now?", "chat_id": chat["id"]})
        self.assertEqual(status, 200, again)
        self.assertEqual(again["chat"]["title"], chat["title"])
        self.assertEqual(again["chat"]["created_at"], chat["created_at"])
        self.assertEqual([m["role"] for m in again["chat"]["messages"]], ["user", "assistant"] * 2)
        item = self.boto3("show", id=chat["id"], user=chat["user_id"])
        self.assertEqual(item["messages"], again["chat"]["messages"])
        self.assertEqual((item["title"], item["updated_at"]), (chat["title"], again["chat"]["updated_at"]))
        self.assertNotIn("turn", item)

    def test_errors_are_the_documents(self):
        required = (400, {"error": "Field 'prompt' is required"})
        for body in ({}, {"prompt": None}, {"prompt": ""}, {"prompt": " \n "}, {"chat_id": "x"}):
            self.assertEqual(self.ask(body), required, body)
        sub = claims_of(self.alice)["sub"]
        expired = pyjwt({"iss": "https://old.example", "sub": sub, "username": "a", "email": "a@b", "exp": 1_600_000_000})
        self.assertEqual(self.ask({"prompt": "x"}, expired), (401, {"error": "Invalid id_token: token has expired"}))

    def test_bad_requests_say_what_is_wrong(self):
        long = "x" * 100_001
        for body, error in ((b'{"prompt": "\xff"}', "Request body is not valid JSON"),
                            (b"prompt=x", "Request body is not valid JSON"),
                            (b"", "Request body is not valid JSON"),
                            (b"[1]", "Request body must be a JSON object"),
                            (b'{"prompt":' + b"[" * 5000 + b"]" * 5000 + b"}", "Request body is not valid JSON"),
                            (b'{"prompt": 7}', "Field 'prompt' must be a string"),
                            (b'{"prompt": "x", "chat_id": 7}', "Field 'chat_id' must be a string"),
                            (b'{"prompt": "x", "parameters": {"temperature": "hot"}}', None),
                            (json.dumps({"prompt": long}).encode(), None),
                            (b'{"prompt": "' + b"\\u00e9" * 400_000 + b'"}', "Request body is too large")):
            status, answer = self.ask(body)
            self.assertEqual(status, 400, (body[:40], answer))
            self.assertEqual(list(answer), ["error"])
            if error:
                self.assertEqual(answer["error"], error, body[:40])
        status, answer = self.ask({"prompt": "x"}, None, "-H", "Content-Type: text/plain")
        self.assertEqual(status, 400, answer)
        status, _, text = self.curl("-X", "POST", self.url + "/chat", "-H", f"id_token: {self.alice}", "-d", "prompt=x")
        self.assertEqual((status, json.loads(text)), (400, {"error": "Header 'Content-Type' must be 'application/json'"}))
        # More than an API takes does not come to the function.
        status, _, _ = self.curl("-X", "POST", self.url + "/chat", "-H", "Content-Type: application/json", "-d",
                                 "@" + self.big_file())
        self.assertEqual(status, 413)

    def big_file(self):
        path = os.path.join(self.folder, "big")
        with open(path, "wb") as file:
            file.write(b"x" * (9 << 20))
        return path

    def test_tokens_are_judged_by_their_issuer_alone(self):
        now = int(time.time())
        good = {"iss": "https://old.example", "sub": "u-7", "username": "seven", "email": "7@example.com",
                "iat": now, "exp": now + 600}
        self.assertEqual(self.ask({"prompt": "hi"}, pyjwt(good))[0], 200)
        pool = claims_of(self.alice)
        refused = lambda token: self.ask({"prompt": "hi"}, token)
        # A name that somebody chose is not to be another's user id.
        subject = pool["sub"]
        for claims in ({**good, "sub": subject}, {**{k: v for k, v in good.items() if k != "sub"}, "username": subject}):
            self.assertEqual(refused(pyjwt(claims)), (401, {"error": "Invalid id_token: claim 'sub' is a pool user's"}))
        self.assertEqual(refused(pyjwt({**good, "token_use": "refresh"})),
                         (401, {"error": "Invalid id_token: token use is not accepted"}))
        for claims, key, why in (
                (good, "another secret, which is long enough", "signature does not match"),
                ({**good, "iss": "https://evil.example"}, SECRET, "algorithm is not accepted"),
                ({**good, "iss": pool["iss"]}, SECRET, "algorithm is not accepted"),
                ({**good, "nbf": now + 3600}, SECRET, "token is not valid yet"),
                ({k: v for k, v in good.items() if k != "email"}, SECRET, "claim 'email' is missing"),
                ({k: v for k, v in good.items() if k != "username"}, SECRET, "claim 'username' is missing"),
                ({k: v for k, v in good.items() if k != "exp"}, SECRET, "token is malformed")):
            self.assertEqual(refused(pyjwt(claims, key)), (401, {"error": f"Invalid id_token: {why}"}), claims)
        self.assertEqual(refused(pyjwt(good, algorithm="HS512"))[0], 401)
        # `none`, and our pool's public key as a secret (which PyJWT refuses to make).
        with urllib.request.urlopen(pool["iss"].replace(pool["iss"].rsplit("/", 1)[0], self.url) +
                                    "/.well-known/jwks.json") as answer:
            public = answer.read()
        part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")
        for header, key in (({"alg": "none"}, None), ({"alg": "HS256", "kid": json.loads(public)["keys"][0]["kid"]}, public)):
            text = part(header) + b"." + part(pool)
            sign = base64.urlsafe_b64encode(hmac.new(key, text, hashlib.sha256).digest()).rstrip(b"=") if key else b""
            status, answer = refused((text + b"." + sign).decode())
            self.assertEqual((status, answer), (401, {"error": "Invalid id_token: algorithm is not accepted"}))
        self.assertEqual(refused("rubbish"), (401, {"error": "Invalid id_token: token is malformed"}))
        self.assertEqual(self.ask({"prompt": "x"}, False), (401, {"error": "Invalid id_token: token is missing"}))
        self.assertEqual(refused(self.system.token("alice", "--access"))[0], 401)

    def test_the_test_event_of_sam_and_the_aws_cli(self):
        status, answer = self.system.call_signed(
            "lambda", "/2015-03-31/functions/wsdeep-rest-chat/invocations",
            {"body": "{\"prompt\": \"Hello, how are you?\"}",
             "headers": {"Content-Type": "application/json", "id_token": self.alice}}, {})
        result = json.loads(answer)
        self.assertEqual((status, result["statusCode"], result["isBase64Encoded"]), (200, 200, False))
        self.assertEqual(json.loads(result["body"])["chat"]["title"], "Hello, how are you?")
        if not shutil.which("aws"):
            return
        info = self.system.info
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": info["accessKeyId"], "AWS_DEFAULT_REGION": "us-east-1",
                       "AWS_SECRET_ACCESS_KEY": info["secretAccessKey"]}
        made = subprocess.run(
            ["aws", "dynamodb", "create-table", "--table-name", "test-chat", "--attribute-definitions",
             "AttributeName=id,AttributeType=S", "AttributeName=user_id,AttributeType=S", "--key-schema",
             "AttributeName=id,KeyType=HASH", "AttributeName=user_id,KeyType=RANGE", "--provisioned-throughput",
             "ReadCapacityUnits=5,WriteCapacityUnits=5", "--endpoint-url", self.url],
            env=environment, capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual(json.loads(made.stdout)["TableDescription"]["TableName"], "test-chat")


class Chats(RestChat):
    def test_each_user_has_their_own(self):
        mine = self.ask({"prompt": "First line\nand another"})[1]["chat"]
        self.assertEqual(mine["title"], "First line")
        none = (404, {"error": "Chat not found"})
        self.assertEqual(self.ask({"prompt": "x", "chat_id": mine["id"]}, self.bob), none)
        self.assertEqual(self.get("/chats/" + mine["id"], self.bob), none)
        self.assertEqual(self.get("/chats/" + mine["id"], self.bob, "DELETE"), none)
        self.assertEqual(self.get("/chats/no-such"), none)
        self.assertEqual(self.ask({"prompt": "x", "chat_id": "../../etc"}), none)
        self.assertNotIn(mine["id"], [chat["id"] for chat in self.get("/chats", self.bob)[1]["chats"]])
        self.assertEqual(self.get("/chats/" + mine["id"]), (200, {"chat": mine}))
        self.assertEqual(self.get("/chats/" + mine["id"], method="DELETE"), (204, None))
        self.assertEqual(self.get("/chats/" + mine["id"]), none)
        self.assertEqual(self.get("/chats/" + mine["id"], method="DELETE"), none)

    def test_chats_are_listed_in_pages_newest_first(self):
        token = pyjwt({"iss": "https://old.example", "sub": "pages", "username": "p", "email": "p@example.com",
                       "exp": int(time.time()) + 600})
        made = []
        for i in range(3):
            made.append(self.ask({"prompt": f"chat {i}"}, token)[1]["chat"])
        first = self.get("/chats?limit=2", token)[1]
        second = self.get(f"/chats?limit=2&before={first['next']}", token)[1]
        listed = first["chats"] + second["chats"]
        self.assertEqual({chat["id"] for chat in listed}, {chat["id"] for chat in made})
        self.assertEqual([chat["updated_at"] for chat in listed],
                         sorted((chat["updated_at"] for chat in listed), reverse=True))
        self.assertEqual(list(listed[0]), ["id", "user_id", "title", "created_at", "updated_at"])
        self.assertNotIn("next", second)
        for query in ("limit=0", "limit=x", "limit=101", "before=rubbish"):
            self.assertEqual(self.get("/chats?" + query, token)[0], 400, query)

    def test_a_chat_that_is_full_says_so(self):
        chat = self.ask({"prompt": "y" * 99_000})[1]["chat"]
        for _ in range(2):
            self.assertEqual(self.ask({"prompt": "y" * 99_000, "chat_id": chat["id"]})[0], 200)
        self.assertEqual(self.ask({"prompt": "y" * 99_000, "chat_id": chat["id"]}),
                         (400, {"error": "This chat is full: start a new one, without 'chat_id'"}))

    def test_pages_of_allowed_origins_may_ask_and_no_others(self):
        def preflight(origin):
            return self.curl("-X", "OPTIONS", self.url + "/chat", "-H", f"Origin: {origin}", "-H",
                             "Access-Control-Request-Method: POST")[:2]

        status, headers = preflight("https://app.example.com")
        self.assertEqual((status, headers["access-control-allow-origin"], headers["access-control-allow-credentials"]),
                         (204, "https://app.example.com", "true"))
        self.assertIn("id_token", headers["access-control-allow-headers"])
        status, headers = preflight("https://app.example.com.evil.example")
        self.assertNotIn("access-control-allow-origin", headers)
        _, headers, _ = self.curl(self.url + "/chats", "-H", f"id_token: {self.alice}", "-H",
                                  "Origin: https://app.example.com")
        self.assertEqual(headers["access-control-allow-origin"], "https://app.example.com")
        # A cookie that a page of elsewhere sent along counts for nothing; a header it could not have set.
        cookie = ("-b", f"id_token={self.alice}")
        self.assertEqual(self.curl(self.url + "/chats", *cookie)[0], 200)
        self.assertEqual(self.curl(self.url + "/chats", *cookie, "-H", "Sec-Fetch-Site: cross-site", "-H",
                                   "Origin: https://evil.example")[0], 403)
        # Nor does it with a header that holds no token: the token is the cookie's then.
        for header in ("Basic YTpi", "Bearer", f"Bearer {self.bob}"):
            self.assertEqual(self.curl(self.url + "/chats", *cookie, "-H", "Authorization: " + header, "-H",
                                       "Sec-Fetch-Site: cross-site", "-H", "Origin: https://evil.example")[0], 403, header)
        self.assertEqual(self.curl(self.url + "/chats", "-H", f"Authorization: Bearer {self.alice}", "-H",
                                   "Sec-Fetch-Site: cross-site", "-H", "Origin: https://evil.example")[0], 200)

    def test_paths_and_methods_that_are_none(self):
        self.assertEqual(self.get("/chats", method="PUT"), (404, {"message": "Not Found"}))
        self.assertEqual(self.get("/chat"), (404, {"message": "Not Found"}))

    def test_messages_of_a_room_are_for_who_is_in_it(self):
        socket = self.system.connect(self.alice)
        self.addCleanup(socket.close)
        for room in ("lobby", "ops"):
            if room != "lobby":
                socket.send({"action": "join", "data": {"room": room}})
                socket.receive_until(lambda frame: frame.get("action") == "presence" and frame["data"]["room"] == "ops")
            socket.send({"action": "message", "data": {"content": f"hi {room}", "recipient": "all", "room": room}})
            socket.receive_until(lambda frame: frame.get("message") == "Message sent")
        status, page = self.get("/messages?room=ops&limit=10")
        self.assertEqual(status, 200, page)
        self.assertEqual([m["content"] for m in page["data"]["messages"]], ["hi ops"])
        socket.send({"action": "history", "data": {"room": "ops", "limit": 10}})
        frame = socket.receive_until(lambda f: f.get("action") == "history")[-1]
        self.assertEqual(page["data"]["messages"], frame["data"]["messages"])
        self.assertEqual(self.get("/messages?room=ops", self.bob),
                         (403, {"error": "You are not in the room 'ops'; join it first."}))
        self.assertEqual([m["content"] for m in self.get("/messages", self.bob)[1]["data"]["messages"]], ["hi lobby"])
        self.assertEqual(self.get("/messages?room=a%20b")[0], 400)
        self.assertEqual(self.get("/messages?room=ops&before=rubbish")[0], 400)


class Streams(RestChat):
    # An answer of 20 s, where it is not bounded: whoever has something to do meanwhile has the time for it.
    SIM = ("--sim", "ttft=50ms", "--sim", "inter-token=40ms", "--sim", "tokens=500", "--sim", "slots=8")
    SHORT = {"max_tokens": 5}

    def stream(self, body, token=None, *more):
        words = ["-N", "-X", "POST", self.url + "/chat", "-H", "Content-Type: application/json", "-H",
                 "Accept: text/event-stream", "-H", f"id_token: {token or self.alice}", "-d", json.dumps(body)]
        return self.curl(*words, *more)

    def running(self, function):
        return next(one["running"] for one in self.system.status()["functions"] if one["name"] == function)

    def test_an_answer_comes_as_events_while_it_is_made(self):
        process = subprocess.Popen(
            ["curl", "-sSN", "-X", "POST", self.url + "/chat", "-H", "Content-Type: application/json", "-H",
             "Accept: text/event-stream", "-H", f"id_token: {self.alice}", "-d",
             '{"prompt": "Tell me", "parameters": {"max_tokens": 60}}'],
            stdout=subprocess.PIPE)
        stamps, text = [], ""
        for line in process.stdout:
            stamps.append(time.monotonic())
            text += line.decode()
        process.stdout.close()
        self.assertEqual(process.wait(), 0)
        self.assertGreater(stamps[-1] - stamps[0], 0.3, "it came at once")
        events, _ = events_of(text)
        names = [name for name, _ in events]
        self.assertEqual((names[0], names[-1]), ("chat", "done"))
        self.assertGreater(names.count("message"), 5)
        done = events[-1][1]
        self.assertEqual(list(done), ["response", "chat"])
        self.assertEqual("".join(data.get("text", "") for name, data in events if name == "message").strip(),
                         done["response"])
        self.assertEqual(events[0][1]["id"], done["chat"]["id"])
        self.assertEqual(self.get("/chats/" + done["chat"]["id"])[1]["chat"], done["chat"])

    def test_what_is_refused_before_the_first_event_is_json(self):
        status, headers, body = self.stream({})
        self.assertEqual((status, headers["content-type"], json.loads(body)),
                         (400, "application/json", {"error": "Field 'prompt' is required"}))
        status, _, body = self.stream({"prompt": "x"}, "rubbish")
        self.assertEqual((status, json.loads(body)["error"]), (401, "Invalid id_token: token is malformed"))

    def test_who_leaves_stops_the_model_and_finds_what_there_was(self):
        process = subprocess.Popen(
            ["curl", "-sSN", "-X", "POST", self.url + "/chat", "-H", "Content-Type: application/json", "-H",
             "Accept: text/event-stream", "-H", f"id_token: {self.alice}", "-d",
             '{"prompt": "A long one"}'], stdout=subprocess.PIPE)
        line = process.stdout.readline()
        self.assertEqual(line, b"event: chat\n")
        chat_id = json.loads(process.stdout.readline().removeprefix(b"data: "))["id"]
        while b"text" not in line:
            line = process.stdout.readline()
        process.kill()
        process.communicate()
        self.system.node_idle()
        eventually(lambda: self.running("wsdeep-rest-chat") == 0)
        messages = eventually(lambda: (lambda m: m if len(m) == 2 else None)(
            self.get("/chats/" + chat_id)[1]["chat"]["messages"]))
        self.assertEqual(messages[1]["role"], "assistant")
        self.assertTrue(messages[1]["partial"])
        self.assertEqual(self.ask({"prompt": "go on", "chat_id": chat_id, "parameters": self.SHORT})[0], 200)

    def test_a_function_that_dies_midway_cuts_the_stream(self):
        process = subprocess.Popen(
            ["curl", "-sN", "-X", "POST", self.url + "/chat", "-H", "Content-Type: application/json", "-H",
             "Accept: text/event-stream", "-H", f"id_token: {self.bob}", "-d",
             '{"prompt": "die"}'], stdout=subprocess.PIPE)
        while b"text" not in process.stdout.readline():
            pass
        os.kill(self.system.pid_of("wsdeep-rest-chat"), signal.SIGKILL)
        rest, _ = process.communicate(timeout=TIMEOUT)
        self.assertEqual(process.returncode, 18, "what was cut must not look whole")
        self.assertNotIn(b"event: done", rest)
        # The question is kept; its turn holds the chat until its lease ends.
        chat = self.get("/chats", self.bob)[1]["chats"][0]
        self.assertEqual(self.get("/chats/" + chat["id"], self.bob)[1]["chat"]["messages"],
                         [{"role": "user", "content": "die"}])
        self.assertEqual(self.ask({"prompt": "x", "chat_id": chat["id"]}, self.bob)[0], 409)

    def test_of_two_turns_at_once_one_is_refused_and_nothing_is_lost(self):
        chat = self.ask({"prompt": "begin", "parameters": self.SHORT})[1]["chat"]
        answers, long = [], {"max_tokens": 200}
        threads = [threading.Thread(target=lambda i=i: answers.append(
            self.ask({"prompt": f"turn {i}", "chat_id": chat["id"], "parameters": long}))) for i in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        statuses = sorted(status for status, _ in answers)
        self.assertEqual(statuses, [200, 409, 409], answers)
        refused = next(body for status, body in answers if status == 409)
        self.assertEqual(refused["error"], "Chat is busy")
        whole = self.get("/chats/" + chat["id"])[1]["chat"]["messages"]
        self.assertEqual([m["role"] for m in whole], ["user", "assistant"] * 2)
        for i in range(2):
            more = {"prompt": f"more {i}", "chat_id": chat["id"], "parameters": self.SHORT}
            self.assertEqual(self.ask(more)[0], 200)


class OldTable(RestChat):
    """The table of a system of before, as its document makes it."""

    @classmethod
    def options(cls):
        return ("--hs256-secret-file", cls.secret_file, "--hs256-pool-users")

    def test_chats_of_before_are_read_and_carried_on(self):
        sub = claims_of(self.alice)["sub"]
        self.boto3("create", "test-chat", id="old-1", user=sub)
        self.system.down()
        self.system.options = (*self.system.options, "--rest-chats-table", "test-chat")
        self.system.up()
        before = [{"role": "user", "content": "old question"}, {"role": "assistant", "content": "old answer"}]
        self.assertEqual(self.get("/chats/old-1"), (200, {"chat": {
            "id": "old-1", "user_id": sub, "title": "Before", "created_at": "2024-01-01T12:00:00Z",
            "updated_at": "2024-01-01T12:00:00Z", "messages": before}}))
        status, body = self.ask({"prompt": "and now?", "chat_id": "old-1"})
        self.assertEqual((status, body["chat"]["title"], body["chat"]["messages"][:2]), (200, "Before", before), body)
        self.assertEqual(self.boto3("show", "test-chat", id="old-1", user=sub)["messages"], body["chat"]["messages"])
        # Its own tokens may be of the same people, once that has been said.
        token = pyjwt({"sub": sub, "username": "alice", "email": "alice@example.com", "exp": int(time.time()) + 600})
        self.assertEqual(self.get("/chats/old-1", token)[1]["chat"]["user_id"], sub)
        # The document's table has no index to list by.
        self.assertEqual(self.get("/chats")[0], 500)
        self.assertIn("UserIdIndex", self.system.log("wsdeep-rest-chat")[-1]["cause"])


if __name__ == "__main__":
    unittest.main()
