"""`wsdeep deploy` when the stack is deployed: it waits until the nodes serve, and says what they do and why they cannot. AWS
is played by fakes/scripted_cloudformation.py."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

from harness import AT_ONCE, TIMEOUT, WSDEEP, Run, read_until
from terminal import OnTerminal

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(TESTS, "fakes"))

from scripted_cloudformation import ScriptedCloudFormation  # noqa: E402

GROUP = "chat-dev-nodes"
OUTPUTS = {"NodeGroupName": GROUP, "NodeTargetGroupArn": GROUP}
CREATED = "2024-02-19T12:00:00.000Z"
JOURNAL = "/wsdeep/chat-dev/nodes"
QUOTA = ("Could not launch On-Demand Instances. VcpuLimitExceeded - You have requested more vCPU capacity than your current "
         "vCPU limit of 0 allows for the instance bucket that the specified instance type belongs to.")
CAPACITY = ("We currently do not have sufficient g6.xlarge capacity in the Availability Zone you requested (us-east-1a). "
            "Launching EC2 instance failed.")


def node(lifecycle):
    return {"InstanceId": "i-01", "InstanceType": "g6.xlarge", "AvailabilityZone": "us-east-1a", "LifecycleState": lifecycle,
            "HealthStatus": "Healthy"}


def serving():
    return {"Instances": [node("InService")],
            "Targets": [{"Target": {"Id": "i-01"}, "TargetHealth": {"State": "healthy"}}]}


def failed(number, reason):
    return {"ActivityId": f"a-{number}", "Description": "Launching a new EC2 instance", "StatusCode": "Failed",
            "StatusMessage": reason, "StartTime": f"2024-02-19T12:0{number}:00Z"}


class DeployNodes(unittest.TestCase):
    def scenario(self, desired=1, then=(), logs=(), **group):
        """A new stack with a group that is like this at the first look, and then like that."""
        step = [["12:00:10", "chat-dev", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS"],
                ["12:00:28", "chat-dev", "AWS::CloudFormation::Stack", "CREATE_COMPLETE"]]
        return {"stack": "chat-dev",
                "change_set": {"Changes": [{"Action": "Add", "LogicalResourceId": "Q", "ResourceType": "AWS::SQS::Queue"}]},
                "execute": {"ticks": [step], "then": {"Outputs": OUTPUTS, "CreationTime": CREATED}},
                "logs": {JOURNAL: list(logs)} if logs else {},
                "scaling_groups": [{"AutoScalingGroupName": GROUP, "MinSize": 0, "MaxSize": 2, "DesiredCapacity": desired,
                                    "Instances": [], "then": list(then), **group}]}

    def play(self, document):
        """The folder of a command, and AWS."""
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="wsdeep-test-"))
        for name, text in (("scenario.json", json.dumps(document)), ("template.yaml", "Resources: {Q: {Type: AWS::SQS::Queue}}\n")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        with open(os.path.join(folder, "template.yaml"), encoding="utf-8") as file:
            aws = self.enterContext(ScriptedCloudFormation(os.path.join(folder, "scenario.json"), file.read()))
        self.addCleanup(lambda: self.assertEqual(aws.scenario.problems(), []))
        return folder, aws

    @staticmethod
    def words(*more):
        return [WSDEEP, "deploy", "--stack", "chat-dev", "--template", "template.yaml", "--yes", "--no-lint",
                "--poll-interval", "20ms", *more]

    @staticmethod
    def environment(folder, aws):
        return {"PATH": "/usr/bin:/bin", "HOME": folder, "AWS_ENDPOINT_URL": aws.endpoint, "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}

    def deploy(self, document, *more, code=0):
        folder, aws = self.play(document)
        run = Run(subprocess.run(self.words(*more), cwd=folder, env=self.environment(folder, aws), stdin=subprocess.DEVNULL,
                                 capture_output=True, timeout=TIMEOUT))
        self.assertEqual(run.code, code, run)
        return run

    def test_it_ends_when_the_nodes_serve(self):
        run = self.deploy(self.scenario(then=[{"Instances": [node("Pending:Wait")]}, {}, serving()], logs=[
            [["e-1", 9000, "wsdeep-stage: image", "i-01"]], [["e-2", 5000, "wsdeep-stage: model 3 of 15 GB", "i-01"]]]))
        self.assertIn("chat-dev is deployed: CREATE_COMPLETE\n", run.err)
        self.assertRegex(run.err, r"i-01  Pending:Wait image\n.*i-01  Pending:Wait image → Pending:Wait model  model 3 of 15 GB"
                         r"\n.*i-01  Pending:Wait model → InService healthy\n1 node of chat-dev-nodes serves: it takes questions\n")
        self.assertIn("NodeGroupName", run.out)

    def test_a_quota_is_told_at_once_with_what_to_do_and_the_stack_stays(self):
        run = self.deploy(self.scenario(then=[{"Activities": [failed(1, QUOTA)]}]), code=1)
        self.assertIn("12:01:00  Launching a new EC2 instance  Failed: Could not launch On-Demand Instances. "
                      "VcpuLimitExceeded", run.err)
        self.assertIn("wsdeep: error: 'chat-dev' is deployed, and stays so, but its nodes do not serve: 0 of 1 serve; "
                      "12:01:00  Launching a new EC2 instance  Failed", run.err)
        self.assertIn("VcpuLimitExceeded: the account's quota is used up", run.err.splitlines()[-1])
        self.assertIn("NodeGroupName", run.out, "what was deployed is told all the same")

    def test_a_lack_of_capacity_has_three_tries(self):
        tries = [failed(number, CAPACITY) for number in (1, 2, 3)]
        run = self.deploy(self.scenario(then=[{"Activities": tries[n::-1]} for n in range(3)]), code=1)
        self.assertEqual(run.err.count("\n          InsufficientInstanceCapacity: AWS has no such instance"), 3, run.err)

    def test_a_node_that_gives_up_ends_it(self):
        run = self.deploy(self.scenario(Instances=[node("Pending:Wait")], logs=[
            [], [["e-1", 9000, "wsdeep-stage: failed docker pull: no such image", "i-01"]]]), code=1)
        self.assertIn("i-01 failed: docker pull: no such image", run.err)
        self.assertIn("its journal says why: wsdeep logs --node i-01", run.err)

    def test_a_fleet_that_may_sleep_is_not_waited_for(self):
        run = self.deploy(self.scenario(desired=0))
        self.assertIn("chat-dev-nodes wants no node now: the first question that comes starts one", run.err)

    def test_who_does_not_wait_asks_nothing(self):
        document = self.scenario()
        del document["scaling_groups"]
        self.assertNotIn("serve", self.deploy(document, "--no-wait").err)

    def test_it_waits_no_longer_than_it_is_told_to(self):
        run = self.deploy(self.scenario(Instances=[node("Pending:Wait")]), "--wait", "100ms", code=1)
        self.assertIn("'chat-dev' is deployed, and stays so, but its nodes do not serve: not done after 100ms: 0 of 1 serve, "
                      "1 coming", run.err)

    def test_who_may_not_look_is_told_what_to_allow(self):
        document = self.scenario()
        document["instead"] = [{"action": "DescribeTargetHealth", "error": {
            "status": 403, "code": "AccessDenied", "message": "User: alice is not authorized"}}]
        run = self.deploy(document, code=3)
        self.assertIn("'chat-dev' is deployed; whether its nodes serve cannot be seen", run.err)
        self.assertIn("\nallow elasticloadbalancing:DescribeTargetHealth for the identity", run.err)
        self.assertIn("; or do not look, with --no-wait", run.err)

    def test_an_interrupt_leaves_the_nodes_at_it(self):
        folder, aws = self.play(self.scenario(Instances=[node("Pending:Wait")], then=[{"Instances": [node("Pending")]}]))
        with subprocess.Popen(self.words(), cwd=folder, env=self.environment(folder, aws), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            read_until(process.stderr, "Pending:Wait → Pending")
            process.send_signal(signal.SIGINT)
            err = process.stderr.read().decode()
            self.assertEqual(process.wait(AT_ONCE), 130, err)
        self.assertIn("interrupted: 'chat-dev' is deployed, and its nodes go on starting", err)

    def test_the_screens(self):
        for columns in (80, 120):
            folder, aws = self.play(self.scenario(Instances=[node("Pending:Wait")], logs=[
                [["e-1", 9000, "wsdeep-stage: model 37 of 412 GB", "i-01"]]]))
            with OnTerminal(self.words(), self.environment(folder, aws), folder, columns=columns) as terminal:
                terminal.wait_for("model 37 of 412 GB")
                terminal.process.send_signal(signal.SIGINT)
                self.assertEqual(terminal.finish(), 130)
                self.assertEqual(terminal.screen.wrapped, [], terminal.screen.text())


if __name__ == "__main__":
    unittest.main()
