"""The emulated API Gateway against functions that answer anything: authorizers' policies, route responses, @connections,
a thousand ends at once, and its own end."""

import json
import os
import resource
import threading
import unittest
from urllib.parse import quote

from harness import HandshakeRefused, System, SystemTest, WebSocketClosed, eventually
from scripted_functions import ScriptedSystem

# Answers what the client's query asks for, with ARN in the place of the method's own.
OBEDIENT_AUTHORIZER = """
def answer(event, request_id):
    asked = event["queryStringParameters"].get("answer")
    if asked is None: asked = json.dumps({"principalId": "u-1", "policyDocument": {"Statement":
        {"Action": "*", "Effect": "Allow", "Resource": "*"}}})
    return asked.replace("ARN", event["methodArn"])
"""
# Answers what the client's frame asks for.
OBEDIENT_ROUTE = """
def answer(event, request_id):
    frame = json.loads(event["body"])
    if "raise" in frame: raise ValueError("asked to")
    return frame["answer"]
"""
# Writes the connections that have ended down; fails at first.
FORGETFUL_DISCONNECT = """
seen = os.path.join(os.path.dirname(sys.argv[0]), "ended")
def answer(event, request_id):
    first = not os.path.exists(seen)
    with open(seen, "a") as file:
        if not first: print(event["requestContext"]["connectionId"], file=file)
    if first: os.kill(os.getpid(), signal.SIGKILL)
    return {"statusCode": 200}
"""


def statement(effect, resource, action="execute-api:Invoke"):
    return {"Effect": effect, "Resource": resource, "Action": action}


def policy(*statements, **more):
    return {"principalId": "u-1", "policyDocument": {"Version": "2012-10-17", "Statement": list(statements)}, **more}


class Scripted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = ScriptedSystem("--route-response", "message", authorizer=OBEDIENT_AUTHORIZER,
                                    message=OBEDIENT_ROUTE, default=OBEDIENT_ROUTE)
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()

    def connect(self, answer=None):
        if answer is None:
            return self.system.connect(None)
        return self.system.connect(None, "?answer=" + quote(answer if isinstance(answer, str) else json.dumps(answer)))


class Authorizers(Scripted):
    ALLOWED = "101"
    NOT_ALLOWED = "User is not authorized to access this resource"
    DENIED = NOT_ALLOWED + " with an explicit deny"

    def test_policies_are_judged_as_iam_judges_them(self):
        for answer, expected in (
            (policy(statement("Allow", "ARN")), self.ALLOWED),
            (policy(statement("Allow", "*")), self.ALLOWED),
            (policy(statement("Allow", ["arn:aws:execute-api:*:*:*/prod/*"])), self.ALLOWED),
            (policy(statement("Allow", "arn:aws:execute-api:us-east-?:*/$connect")), self.ALLOWED),
            (policy(statement("Allow", "ARN", ["s3:*", "EXECUTE-API:*"])), self.ALLOWED),
            (policy(statement("Allow", "ARN2")), self.NOT_ALLOWED),
            (policy(statement("Allow", "arn:aws:execute-api:us-east-1:123456789012:other/prod/$connect")),
             self.NOT_ALLOWED),
            (policy(statement("Allow", "arn:aws:execute-api:*/dev/*")), self.NOT_ALLOWED),
            (policy(statement("Allow", "ARN", "execute-api:ManageConnections")), self.NOT_ALLOWED),
            (policy(statement("Deny", "arn:other"), statement("Allow", "ARN")), self.ALLOWED),
            (policy(statement("Deny", "ARN"), statement("Allow", "ARN")), self.DENIED),
            (policy(statement("Allow", "*"), statement("Deny", "*")), self.DENIED),
        ):
            with self.subTest(answer=answer):
                if expected == self.ALLOWED:
                    self.connect(answer).close()
                    continue
                with self.assertRaises(HandshakeRefused) as refused:
                    self.connect(answer)
                self.assertEqual(refused.exception.status, 403)
                self.assertEqual(json.loads(refused.exception.body), {"Message": expected})

    def test_a_malformed_answer_is_500(self):
        allowed = policy(statement("Allow", "ARN"))
        for answer in (
            "", "null", "{}", "[]", '"Allow"', "{nonsense",
            {**allowed, "principalId": None},
            {"policyDocument": allowed["policyDocument"]},
            {"principalId": "u-1"},
            {"principalId": "u-1", "policyDocument": "Allow"},
            policy(),
            policy({"Effect": "allow", "Resource": "ARN", "Action": "*"}),
            policy({"Effect": "Allow", "Action": "*"}),
            policy({"Effect": "Allow", "Resource": "ARN"}),
            policy(statement("Allow", "ARN"), context={"a": ["list"]}),
            policy(statement("Allow", "ARN"), context="text"),
        ):
            with self.subTest(answer=answer), self.assertRaises(HandshakeRefused) as refused:
                self.connect(answer)
            self.assertEqual(refused.exception.status, 500, refused.exception)


class Routes(Scripted):
    def ask(self, action, **frame):
        """What comes back for the frame, if anything: up to the answer to one that surely gets one."""
        socket = self.connect()
        socket.send({"action": action, **frame})
        # What is asked behind it is answered behind it: there is one process, which takes one frame at a time.
        eventually(lambda: self.system.function("message")["running"] + self.system.function("default")["running"] == 0)
        socket.send({"action": "message", "answer": {"statusCode": 200, "body": "the end"}})
        texts = []
        while (text := socket.receive_text()) != "the end":
            texts.append(text)
        socket.close()
        return texts

    def test_a_body_goes_back_on_a_route_with_a_route_response_only(self):
        for action, answer, expected in (
            ("message", {"statusCode": 200, "body": "hello"}, ["hello"]),
            ("message", {"statusCode": 200, "body": "aMOkbGxv", "isBase64Encoded": True}, ["hällo"]),
            ("message", {"statusCode": 404, "body": "not there"}, ["not there"]),
            ("message", {"statusCode": 200}, []),
            ("message", {"statusCode": 200, "body": ""}, []),
            ("default", {"statusCode": 200, "body": "hello"}, []),
            ("default", {"statusCode": 500, "body": "hello"}, []),
        ):
            with self.subTest(action=action, answer=answer):
                self.assertEqual(self.ask(action, answer=answer), expected)

    def test_a_malformed_answer_is_an_internal_server_error_on_both(self):
        for action in ("message", "default"):
            for frame in ({"answer": {"body": "hello"}}, {"answer": "hello"}, {"answer": None}, {"raise": True}):
                with self.subTest(action=action, frame=frame):
                    (text,) = self.ask(action, **frame)
                    notice = json.loads(text)
                    self.assertEqual(notice["message"], "Internal server error")
                    self.assertEqual(set(notice), {"message", "connectionId", "requestId"})

    def test_a_binary_frame_is_not_taken(self):
        socket = self.connect()
        socket.send_frame(b'{"action":"message"}', opcode=2)
        self.assertEqual(socket.close_code(), 1003)


class Management(Scripted):
    def post(self, socket_id, data, path="/prod/@connections/"):
        return self.system.call_signed("execute-api", path + socket_id, data, {})

    def connection(self):
        socket = self.connect()
        # Only the notice of a failed route tells a client its id.
        socket.send({"action": "message", "raise": True})
        return socket, socket.receive()["connectionId"]

    def test_posts_are_text_of_at_most_128_kb(self):
        socket, socket_id = self.connection()
        for data, status, message in (
            (b"hello", 200, None),
            ("häuser 日本 😀".encode(), 200, None),
            (b"x" * 131072, 200, None),
            (b"x" * 131073, 413, "Payload Too Large"),
            (b"\xff\xfe", 400, "Invalid data: not UTF-8"),
            (b"half \xc3", 400, "Invalid data: not UTF-8"),
            (b"overlong \xc0\x80", 400, "Invalid data: not UTF-8"),
            (b"surrogate \xed\xa0\x80", 400, "Invalid data: not UTF-8"),
        ):
            with self.subTest(data=data[:20]):
                answered, body = self.post(socket_id, data)
                self.assertEqual(answered, status, body)
                if message:
                    self.assertEqual(json.loads(body)["message"], message)
                else:
                    self.assertEqual(socket.receive_text().encode(), data)
        socket.close()

    def test_both_addresses_lead_there(self):
        """With the stage, and without it, as at a custom domain that is mapped to the stage."""
        socket, socket_id = self.connection()
        for path in ("/prod/@connections/", "/prod/%40connections/", "/@connections/", "/%40connections/"):
            with self.subTest(path=path):
                self.assertEqual(self.post(socket_id, path.encode(), path)[0], 200)
                self.assertEqual(socket.receive_text(), path)
        socket.close()
        for path, status in (("/prod/@connections/", 410), ("/@connections/", 410), ("/dev/@connections/", 403)):
            with self.subTest(path=path):
                self.assertEqual(self.post(socket_id, b"x", path)[0], status)
        self.assertEqual(self.post("nonsense", b"x", "/@connections/")[0], 400)


class Ends(SystemTest):
    """With the real functions: what is in the table of the connections."""

    MANY = 1600

    def connect_unless_throttled(self, token):
        """API Gateway takes 500 connections a second."""
        try:
            return self.system.connect(token)
        except HandshakeRefused as refused:
            self.assertEqual(refused.status, 429)
            return None

    def test_many_that_are_aborted_at_once_leave_nothing(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < 2 * self.MANY:
            self.skipTest(f"only {hard} descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * self.MANY), hard))
        token, sockets = self.system.token("alice"), []

        def open_some():
            for _ in range(self.MANY // 16):
                sockets.append(eventually(lambda: self.connect_unless_throttled(token)))

        threads = [threading.Thread(target=open_some) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.system.connection_rows(), self.MANY)
        for socket in sockets:
            socket.drop()
        eventually(lambda: self.system.connection_rows() == 0, 60)
        status = next(f for f in self.system.status()["functions"] if f["name"] == "wsdeep-disconnect")
        self.assertEqual((status["invocations"], status["errors"]), (self.MANY, 0))


class Failing(unittest.TestCase):
    def test_an_end_that_could_not_be_told_is_told_again(self):
        system = ScriptedSystem(disconnect=FORGETFUL_DISCONNECT)
        self.addCleanup(system.destroy)
        system.up()
        system.connect(None).close()
        ended = os.path.join(system.state, "bin", "ended")
        eventually(lambda: os.path.exists(ended) and os.path.getsize(ended) > 0)


class Stop(unittest.TestCase):
    def test_clients_are_told_to_go_and_new_ones_are_refused(self):
        system = System()
        self.addCleanup(system.destroy)
        system.up()
        system.add_user("alice")
        token = system.token("alice")
        silent = system.connect(token)  # does not answer the close frame: the gateway waits for it no longer than half a second or so
        sockets = [system.connect(token) for _ in range(20)]
        down = system.start("local", "down")
        self.addCleanup(down.communicate)
        for socket in sockets:
            with self.assertRaises(WebSocketClosed) as closed:
                socket.receive_text()
            self.assertEqual((closed.exception.code, closed.exception.reason), (1001, "Going away"))
        for _ in range(5):
            with self.assertRaises((HandshakeRefused, ConnectionRefusedError)) as refused:
                system.connect(token)
            self.assertEqual(getattr(refused.exception, "status", 503), 503)
        self.assertEqual(down.wait(10), 0)
        self.assertEqual(silent.close_code(), 1001)
        system.up()
        self.assertEqual(system.connection_rows(), 0)


if __name__ == "__main__":
    unittest.main()
