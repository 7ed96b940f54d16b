"""A CloudFormation (and STS) endpoint that plays one scenario: requests in a fixed order, each with its answer.

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
newest first. `signal` names a signal that the client is sent before it gets this answer; `times` repeats a step.

A request that the scenario does not expect next is answered with 500 and noted, as is a step that nobody asked for:
`problems()` lists both, and a test that ends with any has failed.
"""

import hashlib
import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

ACCOUNT = "123456789012"
REGION = "us-east-1"
DAY = "2024-02-19"


def to_xml(value):
    if isinstance(value, dict):
        return "".join(f"<{name}>{to_xml(inner)}</{name}>" for name, inner in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{to_xml(inner)}</member>" for inner in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value))


class Scenario:
    def __init__(self, document):
        self.name = document["stack"]
        self.stack_id = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self.name}/11111111-2222-3333-4444-555555555555"
        self.steps = [step for step in document["steps"] for _ in range(step.get("times", 1))]
        self.events = []
        self.at = 0
        self.faults = []
        self.client = None  # the process that gets the signals
        self.lock = threading.Lock()

    def problems(self):
        unused = [f"never asked for: step {i + 1}, {self.steps[i]['action']}" for i in range(self.at, len(self.steps))]
        return self.faults + unused

    def respond(self, request):
        """The status and body for a request, given as its parameters."""
        with self.lock:
            action = request.get("Action", "?")
            if self.at == len(self.steps):
                return self._unexpected(f"unexpected {action} after the last step")
            step = self.steps[self.at]
            wanted = {"Action": step["action"], **step.get("with", {})}
            wrong = {name: request.get(name) for name, value in wanted.items() if request.get(name) != value}
            if wrong:
                return self._unexpected(f"step {self.at + 1} expects {wanted}, got {action} with {wrong}")
            self.at += 1
        if "signal" in step:
            os.kill(self.client.pid, getattr(signal, step["signal"]))
        if "error" in step:
            return self._error(**step["error"])
        if step.get("missing"):
            return self._error(400, "ValidationError", f"Stack with id {self.name} does not exist")
        result = to_xml(self._answer(step))
        return 200, (f"<{action}Response><{action}Result>{result}</{action}Result>"
                     f"<ResponseMetadata><RequestId>req-{self.at}</RequestId></ResponseMetadata></{action}Response>")

    def _unexpected(self, problem):
        self.faults.append(problem)
        return self._error(400, "UnexpectedRequest", problem)

    def _error(self, status, code, message):
        return status, (f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
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
            self.events += [self._event(*event) for event in step.get("events", [])]
            return {"StackEvents": self.events[::-1]}
        return step.get("answer", {})

    def _event(self, time, logical, kind, status, reason="", physical=None):
        physical = self.stack_id if logical == self.name else physical or f"{self.name}-{logical}"
        identity = hashlib.sha256(f"{time} {logical} {status} {len(self.events)}".encode()).hexdigest()[:12]
        event = {"EventId": identity, "StackId": self.stack_id, "StackName": self.name, "LogicalResourceId": logical,
                 "PhysicalResourceId": physical, "ResourceType": kind, "ResourceStatus": status,
                 "Timestamp": f"{DAY}T{time}.000Z"}
        return {**event, "ResourceStatusReason": reason} if reason else event


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status, answer = self.server.scenario.respond(dict(parse_qsl(body, keep_blank_values=True)))
        data = answer.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

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
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
