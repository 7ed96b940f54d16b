"""A user pool in a few lines that does as a test tells it: refuses for the rate, hangs, fails, and shows what it holds."""

import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import System
from moto import KEY
from serving import serve

POOL = "us-east-1_Fake"
NOT_NOW = (400, {"__type": "TooManyRequestsException", "message": "Rate exceeded"})


class FakePool(ThreadingHTTPServer):
    """`hooks` maps an operation to a function of its request: what that returns (status, document), unless nothing, is
    the answer. `per_second` is what each operation but DescribeUserPool may: a bucket of tokens for each."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, per_second=0, marker=False):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.per_second, self.buckets = per_second, {}
        self.marker, self.users, self.groups, self.hooks, self.refused, self.calls = marker, {}, set(), {}, 0, []
        self.serial = itertools.count()
        self.takes_subs = False  # in the place of names
        self.description = {}  # more of DescribeUserPool's answer
        self.hanging = threading.Event()
        serve(self)

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, name, status="CONFIRMED", age=0, attributes=None):
        """A user whom somebody else has created, so many seconds ago."""
        self.users[name] = {"status": status, "created": time.time() - age, "password": None, "groups": [],
                            "attributes": {"sub": f"sub-{name}-{next(self.serial)}", **(attributes or {})}}

    def hang(self, operation, create=False, username=None):
        """Such a request, or that about this user, is never answered; with `create`, its user is there all the same."""

        def hook(body):
            if username not in (None, body.get("Username")):
                return None
            if create:
                self.run("AdminCreateUser", body)
            self.hanging.set()
            return threading.Event().wait()

        self.hooks[operation] = hook

    def admit(self, operation):
        with self.lock:
            now = time.monotonic()
            tokens, filled_at = self.buckets.get(operation, (self.per_second, now))
            tokens = min(self.per_second, tokens + (now - filled_at) * self.per_second)
            admitted = tokens >= 1
            self.buckets[operation] = (tokens - admitted, now)
            self.refused += not admitted
            return admitted

    def answer(self, operation, body):
        self.calls.append(operation)
        hook = self.hooks.get(operation)
        answer = hook(body) if hook else None
        if answer:
            return answer
        if operation != "DescribeUserPool" and self.per_second and not self.admit(operation):
            return NOT_NOW
        return self.run(operation, body)

    def run(self, operation, body):
        name = body.get("Username")
        if operation == "DescribeUserPool":
            schema = [{"Name": "custom:wsdeep_test", "Mutable": self.marker == "mutable"}] if self.marker else []
            return 200, {"UserPool": {"Id": POOL, "SchemaAttributes": schema, **self.description}}
        if operation == "ListUsers":
            return 200, {"Users": [self.shown(name, "Attributes") for name in sorted(self.users)]}
        if operation == "ListGroups":
            return 200, {"Groups": [{"GroupName": group} for group in sorted(self.groups)]}
        if operation == "AdminCreateUser":
            if name in self.users:
                return 400, {"__type": "UsernameExistsException", "message": "User account already exists"}
            attributes = {a["Name"]: a["Value"] for a in body.get("UserAttributes", [])}
            self.put(name, "FORCE_CHANGE_PASSWORD", attributes=attributes)
            self.users[name]["password"] = body.get("TemporaryPassword")
            return 200, {"User": self.shown(name, "Attributes")}
        if operation == "AdminInitiateAuth":
            return self.sign_in(**body["AuthParameters"])
        if self.takes_subs:
            name = next((n for n, user in self.users.items() if user["attributes"]["sub"] == name), name)
        if name not in self.users:
            return 400, {"__type": "UserNotFoundException", "message": "User does not exist."}
        if operation == "AdminGetUser":
            return 200, self.shown(name, "UserAttributes")
        if operation == "AdminDeleteUser":
            del self.users[name]
        elif operation == "AdminSetUserPassword":
            self.users[name].update(password=body["Password"], status="CONFIRMED")
        elif operation == "AdminAddUserToGroup":
            if body["GroupName"] not in self.groups:
                return 400, {"__type": "ResourceNotFoundException", "message": "Group not found."}
            self.users[name]["groups"].append(body["GroupName"])
        return 200, {}

    def sign_in(self, USERNAME, PASSWORD):
        user = self.users.get(USERNAME)
        if user is None or user["password"] != PASSWORD:
            return 400, {"__type": "NotAuthorizedException", "message": "Incorrect username or password."}
        if user["status"] == "FORCE_CHANGE_PASSWORD":
            return 200, {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s", "ChallengeParameters": {}}
        return 200, {"AuthenticationResult": {"IdToken": "i", "AccessToken": "a", "RefreshToken": "r",
                                              "ExpiresIn": 3600}}

    def shown(self, name, attributes):
        user = self.users[name]
        return {"Username": name, "UserStatus": user["status"], "Enabled": True, "UserCreateDate": user["created"],
                attributes: [{"Name": n, "Value": v} for n, v in user["attributes"].items()]}

    def stop(self):
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, document = self.server.answer(self.headers["X-Amz-Target"].split(".")[1], body)
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class Elsewhere(System):
    """A pool that is not the local system's: everything about it comes from the environment."""

    def __init__(self, endpoint, pool=POOL, client="client"):
        super().__init__()
        self.more = {"WSDEEP_ENDPOINT": endpoint, "WSDEEP_USER_POOL_ID": pool, "WSDEEP_CLIENT_ID": client, **KEY}

    def environment(self):
        return {**super().environment(), **self.more}
