"""The scripted CloudFormation must fail a test loudly: for requests that its state does not explain, and for what a
scenario says and nobody asked for."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fakes"))

from scripted_cloudformation import Scenario  # noqa: E402

NAME = "chat-dev"
STACK = "AWS::CloudFormation::Stack"
DONE = {"StackStatus": "UPDATE_COMPLETE"}
CHANGES = {"Changes": [{"Action": "Add", "LogicalResourceId": "Q", "ResourceType": "AWS::SQS::Queue"}]}
UPDATED = [[["12:00:10", NAME, STACK, "UPDATE_IN_PROGRESS"]], [["12:00:11", NAME, STACK, "UPDATE_COMPLETE"]]]
DESCRIBE = {"Action": "DescribeStacks", "StackName": NAME}
EVENTS = {"Action": "DescribeStackEvents", "StackName": NAME}
DELETE = {"Action": "DeleteStack", "StackName": NAME}
EXECUTE = {"Action": "ExecuteChangeSet", "StackName": NAME, "ChangeSetName": "mine"}
LOOK = {"Action": "DescribeChangeSet", "StackName": NAME, "ChangeSetName": "mine"}
BUCKET = "wsdeep-chat-dev-123456789012-us-east-1"


def create(kind):
    return {"Action": "CreateChangeSet", "StackName": NAME, "ChangeSetType": kind, "ChangeSetName": "mine"}


def protect(on):
    return {"Action": "UpdateTerminationProtection", "StackName": NAME, "EnableTerminationProtection": on}


# What is wrong, the scenario, the requests, and what the only problem must say.
FAULTS = [
    ("an action that nobody plays", {}, [{"Action": "CreateStack"}], "unexpected CreateStack"),
    ("a stack that is not of the scenario", {"before": DONE}, [{**DESCRIBE, "StackName": "other"}], "called other"),
    ("a request that lacks a parameter", {"before": DONE}, [{"Action": "DescribeChangeSet", "StackName": NAME}], "KeyError"),
    ("a change set that is not to be made", {"before": DONE}, [create("UPDATE")], "unexpected CreateChangeSet"),
    ("a change set that creates what is there", {"before": DONE, "change_set": {}}, [create("CREATE")], "type UPDATE"),
    ("a change set that updates what is not there", {"change_set": {}}, [create("UPDATE")], "type CREATE"),
    ("a change set that is not executed", {"before": DONE, "change_set": CHANGES, "execute": UPDATED},
     [create("UPDATE"), LOOK], "never asked for: execute"),
    ("an execution that is not to be", {"before": DONE, "change_set": CHANGES},
     [create("UPDATE"), EXECUTE], "no execute"),
    ("an execution before the change set is ready", {"before": DONE, "change_set": {**CHANGES, "pending": 1}},
     [create("UPDATE"), EXECUTE], "not ready"),
    ("an operation that is left before its end", {"before": DONE, "change_set": CHANGES, "execute": UPDATED},
     [create("UPDATE"), EXECUTE, EVENTS], "never seen: 1 ticks"),
    ("a failed change set that is left behind", {"before": DONE, "change_set": {"fails": "no changes"}},
     [create("UPDATE"), LOOK], "left behind: the failed change set mine"),
    ("a deletion that is not to be", {"before": DONE}, [DELETE], "no delete"),
    ("a deletion of a protected stack", {"before": {**DONE, "EnableTerminationProtection": True}},
     [DELETE], "protection is on"),
    ("a rollback of what has not failed", {"before": DONE},
     [{"Action": "RollbackStack", "StackName": NAME}], "rollback of chat-dev at UPDATE_COMPLETE"),
    ("protection that is not to be", {"before": DONE}, [protect("true")], "not to become True"),
    ("protection that is not asked for", {"before": DONE, "protect": True}, [DESCRIBE], "never asked for: protect"),
    ("a template that the scenario does not say", {"before": DONE},
     [{"Action": "GetTemplate", "StackName": NAME}], "does not say the template"),
    ("resources that are not read", {"before": {**DONE, "resources": []}}, [DESCRIBE], "never read: the resources"),
    ("a parameter that is not as expected", {"before": DONE, "expect": {"DescribeStacks": {"Token": "1"}}},
     [DESCRIBE], "expected {'Token': '1'}, got {'Token': None}"),
    ("an error that never happens", {"before": DONE, "instead": [{"action": "GetTemplate", "page": "x"}]},
     [DESCRIBE], "never happened"),
    ("an error that happens too seldom",
     {"before": DONE, "instead": [{"action": "DescribeStacks", "page": "x", "times": 2}]}, [DESCRIBE], "never happened"),
    ("another order", {"before": DONE, "order": {"why": "told", "calls": ["DescribeStackEvents", "DescribeStacks"]}},
     [DESCRIBE, EVENTS], "told: expected"),
    ("a request where none may be", {"untouched": "told"},
     [{"Action": "GetCallerIdentity"}], "nothing is to be asked: told"),
    ("an object that is not to be put", {"buckets": {BUCKET: {}}}, [{"Action": f"PUT /{BUCKET}/key"}], "not to be put"),
    ("an object in an open bucket", {"buckets": {BUCKET: {"open": ["encryption"], "puts": ["key"]}}},
     [{"Action": f"PUT /{BUCKET}/key"}, {"Action": f"PUT /{BUCKET}?encryption="}], "before ['encryption'] are set"),
    ("settings of a bucket that the user has given", {"buckets": {BUCKET: {"open": ["encryption"], "given": True}}},
     [{"Action": f"PUT /{BUCKET}?encryption="}], "unexpected PUT of encryption"),
    ("parts that are left behind", {"buckets": {BUCKET: {"puts": ["key"]}}},
     [{"Action": f"POST /{BUCKET}/key?uploads="}], "left behind: parts"),
    ("a log group that is not there", {},
     [{"Action": "FilterLogEvents", "logGroupName": "/x", "startTime": 0}], "no log group /x"),
    ("an alarm that is not there", {"alarms": []},
     [{"Action": "DescribeAlarms", "AlarmNames.member.1": "x"}], "no ['x'] among"),
]


class ScriptedCloudFormation(unittest.TestCase):
    def play(self, document, requests):
        scenario = Scenario({"stack": NAME, **document})
        answers = [scenario.respond(request) for request in requests]
        return answers, scenario.problems()

    def test_it_says_what_the_state_does_not_explain(self):
        for what, document, requests, problem in FAULTS:
            with self.subTest(what):
                _, problems = self.play(document, requests)
                self.assertTrue(any(problem in one for one in problems), problems)

    def test_an_update_in_any_order_of_looks_is_no_problem(self):
        execute = {"ticks": UPDATED, "then": {"Outputs": {"A": "b"}}}
        document = {"before": DONE, "change_set": CHANGES, "execute": execute}
        looks = [DESCRIBE, EVENTS, {"Action": "GetCallerIdentity"}, LOOK]
        answers, problems = self.play(document, looks + [create("UPDATE"), LOOK, LOOK, EXECUTE] + 3 * [EVENTS] + looks)
        self.assertEqual(problems, [])
        self.assertEqual([status for status, _, _ in answers], [200, 200, 200, 404] + 7 * [200] + [200, 200, 200, 404])
        self.assertIn("<OutputKey>A</OutputKey><OutputValue>b</OutputValue>", answers[-4][2])

    def test_a_stack_that_was_deleted_is_found_by_its_id_alone(self):
        gone = [[["12:00:11", NAME, STACK, "DELETE_COMPLETE"]]]
        document = {"before": DONE, "delete": gone}
        stack_id = "arn:aws:cloudformation:us-east-1:123456789012:stack/chat-dev/11111111-2222-3333-4444-555555555555"
        answers, problems = self.play(document, [DELETE, EVENTS, DESCRIBE, {**DESCRIBE, "StackName": stack_id}])
        self.assertEqual(problems, [])
        self.assertIn("does not exist", answers[2][2])
        self.assertIn("DELETE_COMPLETE", answers[3][2])


if __name__ == "__main__":
    unittest.main()
