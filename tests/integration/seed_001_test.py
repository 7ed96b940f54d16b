"""The walk-through of the first room's document ("AWS WebSocket Lambda API with Cognito Auth"), retyped with its own kinds
of clients: npm's `ws` for the browser, the AWS CLI, boto3 and curl, at `wsdeep local up --rooms`.

The document's requests, and where each is here:
* `npm run local`: the local system, on a port of one's choice                         → OnThePortOfTheDocument
* a WebSocket with an HTTP-only cookie `auth` or `id_token`; others are kept out        → Connecting
* "$connect Lambda stores connection in DynamoDB", "$disconnect cleans up"             → TheTableOfConnections
* `{action: 'message', data: {content, recipient: 'all'}}`, and what `onmessage` prints → Messages
* "can send responses to specific connections" (the Management API)                     → TheManagementApi
* "unrecognized message formats", "useful error feedback"                               → Messages
Not requests, and proved elsewhere: `sam deploy` and its two parameters (whole_templates_test: a pool of one's own is
`auth.user_pool`), the names of log groups (the templates' goldens), `npm install`, the sample React client. The document
sets its cookie from JavaScript with HttpOnly, which no browser takes: `wsdeep-auth` sets it.
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse

from harness import System, SystemTest, TIMEOUT, eventually, is_error
from node_room import HAS_WS, NODE, NodeMember, Refused, aws_cli, exported

try:
    import boto3
    from botocore.exceptions import ClientError
except ImportError:
    boto3 = None

TABLE = "wsdeep-connections"
HOURS_2 = 7200  # the document's connectionTtl
SAY_HELLO = {"action": "message", "data": {"content": "Hello world", "recipient": "all"}}


@unittest.skipUnless(NODE and HAS_WS, "node or its packages are missing (apt-get install nodejs npm; cli/prepare tests)")
@unittest.skipUnless(boto3, "boto3 is not installed (pip install boto3)")
@unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not installed (pip install awscli)")
class Seed001(SystemTest):
    OPTIONS = ("--rooms",)
    USERS = ("alice", "bob")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.environment = exported(cls.system)
        cls.tokens = {user: cls.system.token(user) for user in cls.USERS}

    def member(self, user, cookie="id_token", **headers):
        made = NodeMember(self.system.info["url"], f"{cookie}={self.tokens[user]}", **headers)
        self.addCleanup(made.stop)
        return made

    def aws(self, *words):
        done = aws_cli(self.environment, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout or "{}")

    def client(self, service, **more):
        return boto3.client(service, region_name=self.system.info["region"],
                            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
                            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
                            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"], **more)

    def items(self):
        found = self.client("dynamodb").scan(TableName=TABLE)["Items"]
        return {item["connectionId"]["S"]: item for item in found}

    def own_item(self, user):
        """The one connection of the user."""
        [item] = [item for item in self.items().values() if item["userEmail"]["S"] == f"{user}@example.com"]
        return item


class Connecting(Seed001):
    def curl(self, *options):
        """The handshake as curl makes it; the status."""
        url = self.system.info["url"].replace("ws", "http", 1)
        handshake = ("-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H", "Sec-WebSocket-Version: 13",
                     "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        done = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "2", *handshake,
                               *options, url], capture_output=True, text=True, timeout=TIMEOUT)
        return int(done.stdout)

    def test_either_cookie_opens_it(self):
        for name in ("auth", "id_token"):
            with self.subTest(cookie=name):
                self.assertEqual(self.member("alice", name).close(), 1000)

    def test_curl_is_let_in_by_the_cookie_too(self):
        self.assertEqual(self.curl("--cookie", f"auth={self.tokens['alice']}"), 101)

    def test_nobody_comes_in_without_a_good_token(self):
        header, body, signature = self.tokens["alice"].split(".")
        forged = ".".join((header, body, signature[::-1]))
        unsigned = "eyJhbGciOiJub25lIn0." + body + "."
        for cookie in ("", "session=1", "auth=", f"auth={forged}", f"id_token={unsigned}", "auth=not-a-token"):
            with self.subTest(cookie=cookie[:20]):
                with self.assertRaises(Refused) as refused:
                    NodeMember(self.system.info["url"], cookie)
                self.assertEqual(refused.exception.status, 401)
        self.assertEqual(self.curl(), 401)


    def test_a_page_of_somebody_elses_is_kept_out(self):
        with self.assertRaises(Refused) as refused:
            self.member("alice", Origin="https://somebody.example")
        self.assertEqual(refused.exception.status, 403)


class OnThePortOfTheDocument(unittest.TestCase):
    def test_the_local_server_takes_a_port(self):
        with socket.socket() as probe:  # the document's 3000 may be somebody's
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        system = System("--rooms")
        self.addCleanup(system.destroy)
        system.up(port=port)
        self.assertEqual(system.info["url"], f"ws://127.0.0.1:{port}/prod")


class TheTableOfConnections(Seed001):
    def test_holds_who_is_connected_and_nobody_else(self):
        alice = self.member("alice")
        mine = self.own_item("alice")
        listed = self.aws("dynamodb", "scan", "--table-name", TABLE)["Items"]
        self.assertIn(mine, listed)
        got = self.aws("dynamodb", "get-item", "--table-name", TABLE, "--key",
                       json.dumps({"connectionId": mine["connectionId"]}))
        self.assertEqual(got["Item"], mine)
        by_user = self.aws("dynamodb", "query", "--table-name", TABLE, "--index-name", "UserIdIndex",
                           "--key-condition-expression", "userId = :user", "--expression-attribute-values",
                           json.dumps({":user": mine["userId"]}))
        self.assertEqual([item["connectionId"] for item in by_user["Items"]], [mine["connectionId"]])
        lives = int(mine["ttl"]["N"]) - int(mine["connectedAt"]["N"]) // 1000
        self.assertGreaterEqual(lives, HOURS_2 - 1)
        self.assertGreater(int(mine["ttl"]["N"]), time.time(), "seconds, which is what DynamoDB takes")
        alice.close()
        eventually(lambda: mine["connectionId"]["S"] not in self.items())

    def test_forgets_who_was_cut_off(self):
        alice = self.member("alice")
        mine = self.own_item("alice")
        alice.stop()
        eventually(lambda: mine["connectionId"]["S"] not in self.items())


class Messages(Seed001):
    def test_hello_world_reaches_all_others(self):
        alice, bob, more = self.member("alice"), self.member("bob", "auth"), self.member("bob")
        alice.send(SAY_HELLO)
        told = alice.receive_until(lambda frame: frame.get("message") == "Message sent")[-1]
        self.assertEqual(told["data"]["message"], "Delivered to 2 connections.")
        for other in (bob, more):
            heard = other.heard()
            self.assertEqual((heard["content"], heard["recipient"], heard["senderName"]), ("Hello world", "all", "alice"))

    def test_a_message_to_one_user_and_to_one_connection(self):
        alice, bob, more = self.member("alice"), self.member("bob"), self.member("bob")
        bob_user = next(item["userId"]["S"] for item in self.items().values()
                        if item["userEmail"]["S"] == "bob@example.com")
        self.assertEqual(alice.say("to both", bob_user)["data"]["message"], "Delivered to 2 connections.")
        self.assertEqual([other.heard()["content"] for other in (bob, more)], ["to both"] * 2)
        one = self.own_item("alice")["connectionId"]["S"]
        self.assertEqual(bob.say("to one", one)["data"]["message"], "Delivered to 1 connection.")
        self.assertEqual(alice.heard()["content"], "to one")
        self.assertEqual(alice.say("anybody?", "nobody")["data"]["message"], "Delivered to 0 connections.")

    def test_what_is_no_message_is_told_so(self):
        alice = self.member("alice")
        for frame, action in (({"action": "dance"}, "dance"), ({"hello": "world"}, ""), ([1, 2], ""), ("text", "")):
            with self.subTest(frame=frame):
                alice.send(frame)
                said = alice.receive()
                self.assertEqual((said["message"], said["receivedAction"]),
                                 ("Unknown action type. Please send a valid action.", action))
        for data, words in (({"content": "", "recipient": "all"}, "empty"), ({"content": 7, "recipient": "all"}, "content"),
                            ({"content": "x", "recipient": ["all"]}, "recipient"), ({"content": "x", "recipient": " "},
                                                                                   "recipient is empty")):
            with self.subTest(data=str(data)[:40]):
                alice.send({"action": "message", "data": data})
                said = alice.receive_until(is_error)[-1]["data"]
                self.assertIn(words, said["message"])
                self.assertEqual(said["sender"], "System")
        self.assertEqual(alice.say("still here")["message"], "Message sent")


    def test_a_frame_that_api_gateway_does_not_take_ends_the_connection(self):
        for size, code in ((32 * 1024 + 1, 1009), (130 * 1024, 1009)):
            alice = self.member("alice")
            alice.send({"action": "message", "data": {"content": "x" * size, "recipient": "all"}})
            self.assertEqual(alice.close_code(), code, size)


class TheManagementApi(Seed001):
    """@connections, by which a function of somebody's own sends "responses to specific connections"."""

    def setUp(self):
        self.alice = self.member("alice")
        self.id = self.own_item("alice")["connectionId"]["S"]
        stage = urllib.parse.urlsplit(self.system.info["url"]).path
        self.url = self.environment["AWS_ENDPOINT_URL"] + stage
        self.api = boto3.client("apigatewaymanagementapi", region_name=self.system.info["region"], endpoint_url=self.url,
                                aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
                                aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"])

    def test_boto3_posts_asks_and_closes(self):
        self.api.post_to_connection(ConnectionId=self.id, Data=json.dumps({"from": "boto3"}).encode())
        self.assertEqual(self.alice.receive(), {"from": "boto3"})
        known = self.api.get_connection(ConnectionId=self.id)
        self.assertEqual(known["Identity"]["SourceIp"], "127.0.0.1")
        self.assertGreaterEqual(known["LastActiveAt"], known["ConnectedAt"])
        self.api.delete_connection(ConnectionId=self.id)
        self.assertEqual(self.alice.close_code(), 1000)
        with self.assertRaises(ClientError) as gone:
            self.api.post_to_connection(ConnectionId=self.id, Data=b"{}")
        self.assertEqual(gone.exception.response["Error"]["Code"], "GoneException")
        with self.assertRaises(ClientError) as unknown:
            self.api.post_to_connection(ConnectionId="nobody", Data=b"{}")
        self.assertEqual(unknown.exception.response["Error"]["Code"], "BadRequestException")

    def test_the_aws_cli_does_it_too(self):
        post = ("apigatewaymanagementapi", "post-to-connection", "--endpoint-url", self.url)
        with tempfile.NamedTemporaryFile("w") as data:
            data.write('{"from":"cli"}')
            data.flush()
            self.aws(*post, f"--connection-id={self.id}", "--data", f"fileb://{data.name}")
        self.assertEqual(self.alice.receive(), {"from": "cli"})
        refused = aws_cli(self.environment, *post, "--connection-id=AAAAAAAAAAAAAAA=", "--data", "{}")
        self.assertIn("GoneException", refused.stderr)

    def test_curl_without_a_signature_is_refused(self):
        done = subprocess.run(["curl", "-s", "-w", "%{http_code}", "-d", "{}", f"{self.url}/@connections/{self.id}"],
                              capture_output=True, text=True, timeout=TIMEOUT)
        self.assertEqual(done.stdout, '{"message":"Missing Authentication Token"}403')


if __name__ == "__main__":
    unittest.main()
