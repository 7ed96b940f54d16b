"""A CloudFormation endpoint, with STS, S3 and CloudWatch Logs beside it, that plays one scenario: requests in a fixed
order, each with its answer.

A scenario is a JSON file:

    {"stack": "chat-dev",
     "steps": [
       {"action": "GetCallerIdentity"},
       {"action": "DescribeStacks", "stack": {"StackStatus": "CREATE_COMPLETE"}},
       {"action": "CreateChangeSet", "with": {"ChangeSetType": "UPDATE"}, "answer": {"Id": "…"}},
       {"action": "DescribeStackEvents", "events": [["12:00:01", "Table", "AWS::DynamoDB::Table", "CREATE_FAILED", "why"]]},
       {"action": "ExecuteChangeSet", "error": {"status": 400, "code": "Throttling", "message": "Rate exceeded"}}]}

`with` is a part of the parameters that the request must have. The answer is `answer` (objects become elements, lists
`<member>`s), or one of the short forms: `stack` completes a DescribeStacks answer, `missing` says that there is no such
stack, `change_set` completes a DescribeChangeSet answer, and `events` adds to the stack's events, all of which are sent
newest first. Those of a nested stack are its own: `"of": "Network"` says which; its id is `nested:Network` wherever the
scenario needs it. `signal` names a signal that the client is sent before it gets this answer; `times` repeats a step;
with `hang` the answer never comes; `page` is what a proxy sends instead of AWS's answer.

An action of S3 is method and path, with wildcards: `PUT /bucket/packages/*`; `headers` come with the answer, `status`
is its own. One of CloudWatch Logs is its name, its answer JSON, with `ago` instead of times.

A request that the scenario does not expect next is answered with 500 and noted, as is a step that nobody asked for:
`problems()` lists both, and a test that ends with any has failed.
"""

import fnmatch
import hashlib
import json
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

ACCOUNT = "123456789012"
REGION = "us-east-1"
DAY = "2024-02-19"
S3_METHODS = ("HEAD ", "GET ", "PUT ", "POST ", "DELETE ")
LOGS_ACTIONS = ("FilterLogEvents",)


def to_xml(value):
    if isinstance(value, dict):
        return "".join(f"<{name}>{to_xml(inner)}</{name}>" for name, inner in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{to_xml(inner)}</member>" for inner in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value))


def resolve(value, scenario):
    """`nested:NAME` becomes the id of that stack, wherever it stands."""
    if isinstance(value, dict):
        return {name: resolve(inner, scenario) for name, inner in value.items()}
    if isinstance(value, list):
        return [resolve(inner, scenario) for inner in value]
    return scenario.nested_id(value[7:]) if isinstance(value, str) and value.startswith("nested:") else value


class Scenario:
    def __init__(self, document):
        self.name = document["stack"]
        self.stack_id = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self.name}/11111111-2222-3333-4444-555555555555"
        self.steps = [resolve(step, self) for step in document["steps"] for _ in range(step.get("times", 1))]
        self.events = {}  # stack id → its events, oldest first
        self.at = 0
        self.began = int(time.time() * 1000)
        self.faults = []
        self.client = None  # the process that gets the signals
        self.signalled = 0  # when it got the last one
        self.lock = threading.Lock()
        self.over = threading.Event()

    def nested_id(self, name):
        return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self.name}-{name}/22222222-3333-4444-5555-666666666666"

    def problems(self):
        unused = [f"never asked for: step {i + 1}, {self.steps[i]['action']}" for i in range(self.at, len(self.steps))]
        return self.faults + unused

    def respond(self, request):
        """Status, headers and body for a request, given as its parameters."""
        with self.lock:
            action = request.get("Action", "?")
            if self.at == len(self.steps):
                return self._unexpected(f"unexpected {action} after the last step")
            step = self.steps[self.at]
            wanted = {"Action": step["action"], **step.get("with", {})}
            if "of" in step:
                wanted["StackName"] = self.nested_id(step["of"])
            wrong = {name: request.get(name) for name, value in wanted.items()
                     if not fnmatch.fnmatchcase(str(request.get(name)), str(value).replace("[", "[[]"))}
            if wrong:
                return self._unexpected(f"step {self.at + 1} expects {wanted}, got {action} with {wrong}")
            self.at += 1
        if "signal" in step:
            self.signalled = time.monotonic()
            os.kill(self.client.pid, getattr(signal, step["signal"]))
        if step.get("hang"):
            self.over.wait()
        if "error" in step:
            return self._error(**step["error"])
        if "page" in step:
            return 200, {"Content-Type": "text/html"}, step["page"]
        if action.startswith(S3_METHODS):
            return step.get("status", 200), {"x-amz-request-id": f"req-{self.at}", **step.get("headers", {})}, step.get("body", "")
        if action in LOGS_ACTIONS:
            return 200, {}, json.dumps(self._dated(step.get("answer", {})))
        if step.get("missing"):
            return self._error(400, "ValidationError", f"Stack with id {self.name} does not exist")
        result = to_xml(self._answer(step))
        return 200, {}, (f"<{action}Response><{action}Result>{result}</{action}Result>"
                     f"<ResponseMetadata><RequestId>req-{self.at}</RequestId></ResponseMetadata></{action}Response>")

    def _dated(self, answer):
        """`ago`, milliseconds before the scenario began, becomes a log event's `timestamp`."""
        events = [{**event, "timestamp": self.began - event["ago"]} for event in answer.get("events", [])]
        return {**answer, "events": events}

    def _unexpected(self, problem):
        self.faults.append(problem)
        return self._error(400, "UnexpectedRequest", problem)

    def _error(self, status, code, message):
        return status, {}, (f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
                        f"<Message>{escape(message)}</Message></Error><RequestId>req-{self.at}</RequestId></ErrorResponse>")

    def _answer(self, step):
        if step["action"] == "GetCallerIdentity":
            return {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/alice", "UserId": "AIDA"}
        if "stack" in step:
            return {"Stacks": [{"StackId": self.stack_id, "StackName": self.name,
                                "CreationTime": f"{DAY}T10:00:00.000Z", **step["stack"]}]}
        if "change_set" in step:
            return {"StackId": self.stack_id, "StackName": self.name, **step["change_set"]}
        if step["action"] == "DescribeStackEvents":
            stack = (self.nested_id(step["of"]), f"{self.name}-{step['of']}") if "of" in step else (self.stack_id, self.name)
            events = self.events.setdefault(stack[0], [])
            for event in step.get("events", []):
                events.append(self._event(stack, len(events), *event))
            return {"StackEvents": events[::-1]}
        return step.get("answer", {})

    @staticmethod
    def _event(stack, number, time, logical, kind, status, reason="", physical=None):
        stack_id, name = stack
        physical = stack_id if logical == name else f"{name}-{logical}" if physical is None else physical
        identity = hashlib.sha256(f"{name} {time} {logical} {status} {number}".encode()).hexdigest()[:12]
        event = {"EventId": identity, "StackId": stack_id, "StackName": name, "LogicalResourceId": logical,
                 "PhysicalResourceId": physical, "ResourceType": kind, "ResourceStatus": status,
                 "Timestamp": f"{DAY}T{time}.000Z"}
        return {**event, "ResourceStatusReason": reason} if reason else event


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
        return {"Action": f"{self.command} {self.path}"}

    def log_message(self, *words):
        pass


class ScriptedCloudFormation:
    """Serves a scenario on a free port while the `with` block lasts."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.scenario = Scenario(json.load(file))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.scenario = self.scenario
        self.server.handle_error = lambda *_: None  # a client that was told to stop does not say goodbye
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.scenario.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
