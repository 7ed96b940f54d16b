"""The screen of a deployment while it runs: somebody pulls at the window, presses Ctrl-C, or has a terminal that knows
no cursor movements."""

import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import threading
import unittest

from harness import WSDEEP
from terminal import OnTerminal

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "fakes"))

from scripted_cloudformation import ScriptedCloudFormation  # noqa: E402

SANITIZERS = {name: value for name, value in os.environ.items() if name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")}
QUEUE = "AWS::SQS::Queue"
NAMES = ("ChatsTable", "ConnectionsInEurope", "Queue")


def event(time, name, status, kind=QUEUE):
    return [time, name, kind, status]


def of_stack(time, status):
    return event(time, "chat-dev", status, "AWS::CloudFormation::Stack")


BEGUN = [of_stack("12:00:10", "CREATE_IN_PROGRESS"), *(event("12:00:11", name, "CREATE_IN_PROGRESS") for name in NAMES)]
ONE_DONE = [event("12:00:20", "Queue", "CREATE_COMPLETE")]
DONE = [event("12:00:30", "ChatsTable", "CREATE_COMPLETE"), event("12:00:31", NAMES[1], "CREATE_COMPLETE"),
        of_stack("12:00:32", "CREATE_COMPLETE")]


class Held:
    """The requests for events wait where so many of the operation's ticks are left, until they are let go on. Then all
    that the client has drawn before has been written."""

    def __init__(self, scenario, *lefts):
        self.reached = {left: threading.Event() for left in lefts}
        self.let_go = {left: threading.Event() for left in lefts}
        answer = scenario.respond

        def respond(request):
            operation = scenario.stack.operation
            left = len(operation.ticks) if operation and request.get("Action") == "DescribeStackEvents" else None
            if left in self.reached:
                self.reached[left].set()
                self.let_go[left].wait(30)
            return answer(request)

        scenario.respond = respond

    def wait(self, test, left):
        test.assertTrue(self.reached[left].wait(30))

    def go_on(self, left):
        self.let_go[left].set()


class LiveScreen(unittest.TestCase):
    maxDiff = None

    def deploy(self, aws, work, **environment):
        shutil.copy(TESTS / "golden" / "stack" / "deploy" / "template.yaml", work)
        environment = {"PATH": "/usr/bin:/bin", "HOME": work, "LC_ALL": "C.UTF-8", "AWS_ENDPOINT_URL": aws.endpoint,
                       "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
                       "AWS_REGION": "us-east-1", **SANITIZERS, **environment}
        return OnTerminal([WSDEEP, "deploy", "--stack", "chat-dev", "--poll-interval", "20ms", "--yes", "--template",
                           "template.yaml"], environment, work)

    def playing(self, work, *ticks):
        path = pathlib.Path(work, "scenario.json")
        path.write_text(json.dumps({
            "stack": "chat-dev", "execute": list(ticks),
            "change_set": {"Changes": [{"Action": "Add", "LogicalResourceId": name, "ResourceType": QUEUE}
                                       for name in NAMES]}}))
        return ScriptedCloudFormation(path)

    def tree(self, terminal):
        """What stands below the changes."""
        lines = [line for line in terminal.screen.text().splitlines() if line]
        last_change = max(number for number, line in enumerate(lines) if line.startswith("  + "))
        return lines[last_change + 1:]

    def test_it_goes_with_the_window(self):
        with tempfile.TemporaryDirectory() as work, self.playing(work, BEGUN, ONE_DONE, [], DONE) as aws:
            held = Held(aws.scenario, 3, 2, 1)
            with self.deploy(aws, work) as terminal:
                terminal.wait_for("chat-dev  CREATE_IN_PROGRESS")
                held.wait(self, 3)
                terminal.resize(40)
                held.go_on(3)
                held.wait(self, 2)
                terminal.resize(40)  # reads what has been drawn
                self.assertEqual(self.tree(terminal), [
                    "chat-dev  CREATE_IN_PROGRESS  10s  1 of…",
                    "  • ChatsTable          CREATE_IN_PROGR…",
                    "  • ConnectionsInEurope CREATE_IN_PROGR…",
                    "  ✓ Queue               CREATE_COMPLETE…"])
                terminal.resize(100, 4)
                held.go_on(2)
                held.wait(self, 1)
                terminal.resize(100, 4)
                self.assertEqual([re.sub(r" +\d+s ", " ", line) for line in self.tree(terminal)], [
                    "chat-dev  CREATE_IN_PROGRESS  1 of 3 resources done",
                    "  • ChatsTable          CREATE_IN_PROGRESS  AWS::SQS::Queue",
                    "  … and 2 more"])
                terminal.resize(60)
                held.go_on(1)
                code = terminal.finish()
            self.assertEqual(aws.scenario.problems(), [], terminal.seen)
        self.assertEqual(code, 0, terminal.seen)
        self.assertEqual(self.tree(terminal), [
            "chat-dev  CREATE_COMPLETE  22s  3 of 3 resources done",
            "  ✓ ConnectionsInEurope CREATE_COMPLETE       20s  AWS::SQS…",
            "  ✓ ChatsTable          CREATE_COMPLETE       19s  AWS::SQS…",
            "  ✓ Queue               CREATE_COMPLETE        9s  AWS::SQS…",
            "chat-dev is deployed: CREATE_COMPLETE"])

    def test_it_stands_whole_after_ctrl_c(self):
        with tempfile.TemporaryDirectory() as work, self.playing(work, BEGUN, DONE) as aws:
            held = Held(aws.scenario, 1)
            with self.deploy(aws, work) as terminal:
                terminal.wait_for("chat-dev  CREATE_IN_PROGRESS")
                held.wait(self, 1)
                terminal.answer("", "\x03")
                code = terminal.finish()
            held.go_on(1)
        self.assertEqual(code, 130, terminal.seen)
        found = [re.sub(r" +\d+s ", " ", line) for line in self.tree(terminal)]
        self.assertEqual(found[:5], [
            "chat-dev  CREATE_IN_PROGRESS  0 of 3 resources done",
            "  • ChatsTable          CREATE_IN_PROGRESS  AWS::SQS::Queue",
            "  • ConnectionsInEurope CREATE_IN_PROGRESS  AWS::SQS::Queue",
            "  • Queue               CREATE_IN_PROGRESS  AWS::SQS::Queue",
            "chat-dev was left as it is: CloudFormation goes on without us"])

    def test_a_dumb_terminal_gets_lines_and_hears_what_is_waited_for(self):
        with tempfile.TemporaryDirectory() as work, self.playing(work, BEGUN, ONE_DONE, *[[]] * 15, DONE) as aws:
            with self.deploy(aws, work, TERM="dumb") as terminal:
                code = terminal.finish()
            self.assertEqual(aws.scenario.problems(), [], terminal.seen)
        self.assertEqual(code, 0, terminal.seen)
        self.assertNotIn("\x1b", terminal.seen)
        self.assertRegex(terminal.seen, r"12:00:20  CREATE_COMPLETE +Queue +AWS::SQS::Queue  9s\r\n"
                                        r"12:00:\d\d  1\ds, 1 of 3 resources done; "
                                        r"waiting for ChatsTable \(\d+s\), ConnectionsInEurope \(\d+s\)\r\n"
                                        r"12:00:30  CREATE_COMPLETE +ChatsTable ")


if __name__ == "__main__":
    unittest.main()
