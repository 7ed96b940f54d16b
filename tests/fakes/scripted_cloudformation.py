"""A CloudFormation endpoint, with STS, S3, CloudWatch, Auto Scaling and CloudWatch Logs beside it, that plays one
scenario: it answers by the state that the scenario describes (cloudformation_model.py, beside_cloudformation_model.py),
in whatever order and number the requests come. tests/golden/README.md has the format.

A request that the state does not explain is answered with 400 and noted, as is what the scenario says and nobody asked
for: `problems()` lists both, and a test that ends with any has failed.
"""

import fnmatch
import hashlib
import json
import os
import re
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from account_model import Account
from beside_cloudformation_model import Surroundings
from cloudformation_model import ACCOUNT, CloudFormation, Refused, Unexplained
from serving import serve

ANY_NAME = "wsdeep-<hash-of-inputs>"  # how goldens show the name of a change set of ours, as long as it is
S3_METHODS = ("HEAD ", "GET ", "PUT ", "POST ", "DELETE ")


def without_hashes(text):
    return re.sub(r"\bwsdeep-[0-9a-f]{16}\b", ANY_NAME, text)


def change_set_name(template):
    """The name of our change set for a template without parameters, tags and role."""
    inputs = "".join(f"{len(part.encode())}:{part}" for part in (template, "tags", ""))
    return "wsdeep-" + hashlib.sha256(inputs.encode()).hexdigest()[:16]


def to_xml(value):
    if isinstance(value, dict):
        return "".join(f"<{name}>{to_xml(inner)}</{name}>" for name, inner in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{to_xml(inner)}</member>" for inner in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value))


def resolve(value, stack):
    """`nested:NAME` becomes the id of that stack, wherever it stands."""
    if isinstance(value, dict):
        return {name: resolve(inner, stack) for name, inner in value.items()}
    if isinstance(value, list):
        return [resolve(inner, stack) for inner in value]
    return stack.nested_id(value[7:]) if isinstance(value, str) and value.startswith("nested:") else value


def matches(value, pattern):
    return fnmatch.fnmatchcase(str(value), str(pattern).replace("[", "[[]"))


class Scenario:
    def __init__(self, document):
        document = resolve(document, CloudFormation({"stack": document["stack"]}))
        self.stack = CloudFormation(document)
        self.fleet = CloudFormation({"stack": document["stack"] + "-fleet", **document.get("fleet", {})})
        self.beside = Surroundings(document)
        self.account = Account(**{"quotas": {}, **document.get("account", {})})
        self.instead = [dict(one) for one in document.get("instead", [])]
        self.unused = list(self.instead)
        self.expected = document.get("expect", {})
        self.order = document.get("order")
        self.untouched = document.get("untouched")
        self.calls = []
        self.requests = []  # the same with their parameters
        self.faults = []
        self.client = None  # the process that gets the signals
        self.signalled = 0  # when it got the last one
        self.lock = threading.Lock()
        self.over = threading.Event()

    def problems(self):
        found = self.faults + self.stack.leftovers() + self.fleet.leftovers() + self.beside.leftovers()
        found += [f"never happened: {one}" for one in self.unused]
        found += [f"never asked for: {action}" for action in self.expected if action not in self.calls]
        return found + (self._out_of_order() if self.order else [])

    def _out_of_order(self):
        wanted = self.order["calls"]
        found = [call for call in self.calls if any(matches(call, pattern) for pattern in wanted)]
        in_order = len(found) == len(wanted) and all(map(matches, found, wanted))
        return [] if in_order else [f"{self.order['why']}: expected {wanted}, got {found}"]

    def respond(self, request):
        """Status, headers and body for a request, given as its parameters."""
        action = request.get("Action", "?")
        with self.lock:
            self.calls.append(action)
            self.requests.append(request)
            try:
                self._check(action, request)
                found = self._instead(action, request) or self._answer(action, request)
            except Refused as refusal:
                found = {"error": {"status": refusal.status, "code": refusal.code, "message": str(refusal)}}
            except Exception as fault:  # Unexplained, or a request that lacks what the model reads
                self.faults.append(f"call {len(self.calls)}, {action}: {type(fault).__name__}: {fault}")
                found = {"error": {"status": 400, "code": "UnexpectedRequest", "message": str(fault)}}
        self._interrupt(found)
        return self._sent(action, found)

    def _check(self, action, request):
        if self.untouched:
            raise Unexplained(f"nothing is to be asked: {self.untouched}")
        wanted = self.expected.get(action, {})
        wrong = {name: request.get(name) for name, value in wanted.items() if not matches(request.get(name), value)}
        if wrong:
            raise Unexplained(f"expected {wanted}, got {wrong}")

    def _instead(self, action, request):
        """What the scenario wants to happen `instead` of an answer: always, or the first `times`."""
        for one in self.instead:
            if matches(action, one["action"]) and self._is_of(one.get("of"), request):
                one["times"] = one.get("times", 0) - 1
                if one["times"] == 0:
                    self.instead.remove(one)
                self.unused = [other for other in self.unused if other is not one or one["times"] > 0]
                return {key: value for key, value in one.items() if key not in ("action", "of", "times")}
        return None

    def _is_of(self, stack, request):
        if stack is None or stack == "fleet":
            return stack is None or self._model(request) is self.fleet
        return request.get("StackName") == self.stack.nested_id(stack)

    def _model(self, request):
        """Of the stack that is asked about by name or id."""
        name = self.fleet.name
        return self.fleet if re.search(f"(^|/){re.escape(name)}(/|$)", request.get("StackName", "")) else self.stack

    def _says_no_resources(self, request):
        stack = self._model(request).root
        return stack and request.get("StackName") in (stack.name, stack.id) and "resources" not in stack.known

    def _answer(self, action, request):
        if action == "GetCallerIdentity":
            return {"result": {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/alice", "UserId": "AIDA"}}
        if self.account.asked_by_preflight(action):
            return {"body": getattr(self.account, self.account.name_of(action))(request)}
        if action.startswith(S3_METHODS):
            return {"s3": self.beside.s3(action, request.get("Body", ""))}
        if action == "FilterLogEvents":
            found = self.beside.log_events(request)
            return {"json": found} if "events" in found else found
        if action == "GetResources":
            return {"json": self.beside.resources_by_tags()}
        if action in ("ListDeployments", "GetDeployment"):
            return {"json": self.beside.shifts(action, request)}
        if action in ("ListInstances", "DeregisterInstance"):
            return {"json": self.beside.names(action, request)}
        if action in Surroundings.DESCRIBED:
            return self.beside.describe(action, request)
        if action == "StartInstanceRefresh":
            return {"result": {"InstanceRefreshId": "r-1"}}
        if action == "ListStackResources" and self._says_no_resources(request):
            return {"result": {"StackResourceSummaries": []}}  # preflight asks, too, and has nothing to find
        found = self._model(request).answer(action, request)
        return found if {"error", "signal"} & set(found) else {"result": found}

    def _interrupt(self, found):
        """The signal that the client is sent before it gets this answer, and the answer that never comes."""
        if "signal" in found:
            self.signalled = time.monotonic()
            os.kill(self.client.pid, getattr(signal, found["signal"]))
            self.over.wait()

    @staticmethod
    def _sent(action, found):
        request_id = "req-" + action.split(" ")[0]
        if "error" in found:
            error = found["error"]
            return error["status"], {}, (f"<ErrorResponse><Error><Type>Sender</Type><Code>{error['code']}</Code>"
                                         f"<Message>{escape(error['message'])}</Message></Error>"
                                         f"<RequestId>{request_id}</RequestId></ErrorResponse>")
        if "page" in found:
            return 200, {"Content-Type": "text/html"}, found["page"]
        if "body" in found:
            return 200, {}, found["body"]
        if "whole" in found:  # EC2 has no result element
            return 200, {}, f"<{action}Response>{found['whole']}</{action}Response>"
        if "s3" in found:
            status, headers, body = found["s3"]
            return status, {"x-amz-request-id": request_id, **headers}, body
        if "json" in found:
            return 200, {}, json.dumps(found["json"])
        return 200, {}, (f"<{action}Response><{action}Result>{to_xml(found.get('result', {}))}</{action}Result>"
                         f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        status, headers, answer = self.server.scenario.respond(self.parameters(body))
        data = answer.encode()
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)
        except OSError:
            self.close_connection = True  # a client that was told to stop did not wait

    do_HEAD = do_GET = do_PUT = do_POST = do_DELETE = handle_any

    def parameters(self, body):
        if "X-Amz-Target" in self.headers:
            return {"Action": self.headers["X-Amz-Target"].split(".")[1], **json.loads(body)}
        if self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(body.decode(), keep_blank_values=True))
        # What is deleted stands in the body; what is put may be any bytes, and large.
        deletes = {"Body": body.decode()} if self.path.endswith("?delete=") else {}
        return {"Action": f"{self.command} {self.path}", **deletes}

    def log_message(self, *words):
        pass


class ScriptedCloudFormation:
    """Serves a scenario on a free port while the `with` block lasts. In it, the name of the change set that the
    template will have stands as goldens show it."""

    def __init__(self, path, template=""):
        with open(path, encoding="utf-8") as file:
            self.scenario = Scenario(json.loads(file.read().replace(ANY_NAME, change_set_name(template))))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.scenario = self.scenario
        self.server.handle_error = lambda *_: None  # a client that was told to stop does not say goodbye
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread = serve(self.server)
        return self

    def __exit__(self, *_):
        self.scenario.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
