"""A deployment's two stacks, the service and its nodes, by the real binary against scripted stacks: their order, and that
what becomes of one leaves the other as it is."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import TIMEOUT, WSDEEP, Run
from whole_templates_test import write_programs

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(TESTS, "fakes"))

from scripted_cloudformation import ScriptedCloudFormation  # noqa: E402

SETTINGS = os.path.join(TESTS, "golden", "stack", "template", "minimal", "wsdeep.yaml")
STACK = "AWS::CloudFormation::Stack"
OUTPUTS = {"WebSocketUrl": "wss://chat.example.com", "VpcId": "vpc-1", "PrivateSubnetIds": "subnet-1,subnet-2",
           "LoadBalancerSecurityGroupId": "sg-1", "NodeSecurityGroupId": "sg-2"}
NODES = {"NodeGroupName": "chat-dev-fleet-nodes"}
SAME = {"fails": "The submitted information didn't contain changes."}
A_CHANGE = {"Changes": [{"Action": "Add", "LogicalResourceId": "More", "ResourceType": "AWS::SQS::Queue"}]}
A_NODE_CHANGE = {"Changes": [{"Action": "Modify", "LogicalResourceId": "NodeGroup", "PhysicalResourceId": "n",
                              "ResourceType": "AWS::AutoScaling::AutoScalingGroup", "Replacement": "False", "Details": [
                                  {"Target": {"Attribute": "Properties", "Name": "MaxSize",
                                              "RequiresRecreation": "Never"}}]}]}
BUCKET = {"wsdeep-chat-dev-123456789012-us-east-1": {"objects": {"packages/*": ""}}}
PARTS = ("chat-dev", "chat-dev-fleet")
GROUP = {"AutoScalingGroupName": "chat-dev-fleet-nodes", "MinSize": 1, "MaxSize": 2, "DesiredCapacity": 1, "Instances": []}


def rows(stack, *statuses):
    return {"ticks": [[[f"12:00:{10 + number}", stack, STACK, status]] for number, status in enumerate(statuses)]}


def made(stack, outputs):
    """A stack that is to be created."""
    return {"change_set": {**A_CHANGE}, "execute": {**rows(stack, "CREATE_IN_PROGRESS", "CREATE_COMPLETE"),
                                                    "then": {"Outputs": outputs}}}


def there(outputs, status="UPDATE_COMPLETE", **more):
    return {"before": {"StackStatus": status, "Outputs": outputs, "template": "Resources: {}"}, **more}


def scenario(service, fleet=None):
    """Both stacks; what is not read of them is not asked about."""
    return {"stack": "chat-dev", "buckets": json.loads(json.dumps(BUCKET)), "scaling_groups": [GROUP], **service,
            **({"fleet": fleet} if fleet else {})}


class TwoStacks(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wsdeep-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        shutil.copy(SETTINGS, cls.folder)
        write_programs(pathlib.Path(cls.folder) / "programs", "x86_64")

    def environment(self, endpoint):
        return {"PATH": "/usr/bin:/bin", "HOME": self.folder, "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}

    def play(self, document, *words, code=0):
        """The command's end; `self.requests` has what it asked."""
        path = os.path.join(self.folder, "scenario.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
        with ScriptedCloudFormation(path) as aws:
            self.allow_unread(aws.scenario)
            process = subprocess.Popen([WSDEEP, *words], cwd=self.folder, env=self.environment(aws.endpoint),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            aws.scenario.client = process
            try:
                out, err = process.communicate(timeout=TIMEOUT)
            finally:
                process.kill()
        result = Run(subprocess.CompletedProcess(words, process.returncode, out, err))
        self.assertEqual(aws.scenario.problems(), [], result)
        self.assertEqual(result.code, code, result)
        self.requests = aws.scenario.requests
        return result

    @staticmethod
    def allow_unread(document):
        """What is looked at only by the way."""
        for model in (document.stack, document.fleet):
            if model.root:
                model.root.unread.discard("template")
        document.beside.unread.discard("scaling_groups")
        for bucket in document.beside.buckets.values():
            bucket.unread.clear()

    def deploy(self, document, *words, code=0, wait=False):
        words = words if wait else ("--no-wait", *words)
        return self.play(document, "deploy", "-e", "dev", "--yes", "--no-lint", "--binaries", "programs",
                         "--poll-interval", "20ms", *words, code=code)

    def asked(self, action):
        """Of which stacks, in order."""
        return [self.stack_of(one) for one in self.requests if one["Action"] == action]

    @staticmethod
    def stack_of(request):
        return re.sub(r"^arn:[^/]*/([^/]*)/.*", r"\1", request.get("StackName", ""))

    def parameters_of(self, stack):
        request = next(one for one in self.requests
                       if one["Action"] == "CreateChangeSet" and one["StackName"] == stack)
        numbers = [match.group(1) for key in request if (match := re.match(r"Parameters.member.(\d+).ParameterKey", key))]
        return {request[f"Parameters.member.{n}.ParameterKey"]: request.get(f"Parameters.member.{n}.ParameterValue")
                for n in numbers}


class Deploying(TwoStacks):
    def test_the_service_comes_first_and_gives_the_nodes_their_place(self):
        result = self.deploy(scenario(made(PARTS[0], OUTPUTS), made(PARTS[1], NODES)), "--output", "json")
        self.assertEqual(self.asked("ExecuteChangeSet"), [*PARTS])
        given = self.parameters_of("chat-dev-fleet")
        self.assertEqual([given[key] for key in ("Vpc", "PrivateSubnets", "LoadBalancerSecurityGroup",
                                                 "NodeSecurityGroup", "AlarmTopic")],
                         ["vpc-1", "subnet-1,subnet-2", "sg-1", "sg-2", ""])
        self.assertEqual(json.loads(result.out), {**OUTPUTS, **NODES})

    def test_nodes_that_the_update_left_are_replaced_by_a_refresh(self):
        def started_from(version):
            return {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": version}}

        def node(name, version):
            return {"InstanceId": name, "LifecycleState": "InService", **started_from(version)}

        changed = there(NODES, change_set=A_NODE_CHANGE, execute=rows(PARTS[1], "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"))
        for nodes, text in (([node("i-1", "6"), node("i-2", "6")], "2 nodes of chat-dev-fleet-nodes are as before this deployment: "
                             "Auto Scaling replaces them one after the other, each when its successor serves\n"
                             "follow it with: wsdeep fleet refresh\n"), ([node("i-1", "7")], None)):
            group = {"AutoScalingGroupName": NODES["NodeGroupName"], "DesiredCapacity": len(nodes), "Instances": nodes,
                     **started_from("7")}
            result = self.deploy({**scenario(there(OUTPUTS), changed), "scaling_groups": [group]},
                                 "--fleet")
            begun = [one for one in self.requests if one["Action"] == "StartInstanceRefresh"]
            if text is None:
                self.assertEqual(begun, [])
                self.assertNotIn("refresh", result.err)
                continue
            self.assertIn(text, result.err)
            self.assertEqual([one["AutoScalingGroupName"] for one in begun], ["chat-dev-fleet-nodes"])
            self.assertEqual(begun[0]["Preferences.SkipMatching"], "true")

    def test_nodes_that_cannot_start_leave_both_stacks_as_they_are(self):
        quota = {"ActivityId": "a-1", "Description": "Launching a new EC2 instance", "StatusCode": "Failed",
                 "StatusMessage": "VcpuLimitExceeded - You have requested more vCPU capacity",
                 "StartTime": "2099-02-19T12:01:00Z"}
        group = {"AutoScalingGroupName": "chat-dev-fleet-nodes", "MinSize": 1, "MaxSize": 2, "DesiredCapacity": 1,
                 "Instances": [], "Activities": [quota]}
        both = {**scenario(made(PARTS[0], OUTPUTS), made(PARTS[1], NODES)), "scaling_groups": [group]}
        result = self.deploy(both, code=1, wait=True)
        last = result.err.splitlines()[-2:]
        self.assertIn("error: 'chat-dev-fleet' is deployed, and stays so, but its nodes do not serve: 0 of 1 serve; "
                      "12:01:00  Launching a new EC2 instance  Failed: VcpuLimitExceeded", last[0])
        self.assertIn("'chat-dev' is deployed, and stays so; VcpuLimitExceeded: the account's quota is used up", last[1])
        self.assertIn("NodeGroupName", result.out)

    def test_a_fleet_that_is_rolled_back_leaves_the_service_as_it_is(self):
        ended = rows(PARTS[1], "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
        service = there(OUTPUTS, change_set=A_CHANGE, execute=rows(PARTS[0], "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"))
        result = self.deploy(scenario(service, there(NODES, change_set=A_NODE_CHANGE, execute=ended)), code=1)
        last = result.err.splitlines()[-2:]
        self.assertIn("error: the deployment of 'chat-dev-fleet' failed: the stack is in UPDATE_ROLLBACK_COMPLETE", last[0])
        self.assertIn("'chat-dev' is deployed, and stays so; ", last[1])
        self.assertIn("WebSocketUrl", result.out)
        self.assertEqual(self.asked("ExecuteChangeSet"), [*PARTS])
        executed = [one["Action"] for one in self.requests].index("ExecuteChangeSet")
        changes = ("CreateChangeSet", "ExecuteChangeSet", "RollbackStack", "ContinueUpdateRollback", "DeleteStack")
        later = [self.stack_of(one) for one in self.requests[executed + 1:] if one["Action"] in changes]
        self.assertEqual(set(later), {"chat-dev-fleet"})

    def test_a_service_that_fails_leaves_the_fleet_untouched(self):
        ended = rows(PARTS[0], "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
        result = self.deploy(scenario(there(OUTPUTS, change_set=A_CHANGE, execute=ended), there(NODES)), code=1)
        self.assertIn("'chat-dev-fleet' was not touched; ", result.err.splitlines()[-1])
        self.assertNotIn("chat-dev-fleet", self.asked("CreateChangeSet"))

    def test_the_service_alone_leaves_the_nodes_alone(self):
        service = there(OUTPUTS, change_set=A_CHANGE, execute=rows(PARTS[0], "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"))
        self.deploy(scenario(service, there(NODES)), "--service")
        asked = {one["Action"] for one in self.requests if self.stack_of(one) == "chat-dev-fleet"}
        self.assertLessEqual(asked, {"DescribeStacks", "GetTemplate"})  # which packages are in use, in a bucket of both
        given = self.parameters_of("chat-dev")
        self.assertEqual([key for key in given if key.startswith(("Node", "Engine"))], [])

    def test_the_fleet_alone_leaves_the_service_alone(self):
        fleet = there(NODES, change_set=A_NODE_CHANGE, execute=rows(PARTS[1], "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"))
        result = self.deploy(scenario(there(OUTPUTS), fleet), "--fleet")
        self.assertEqual(self.asked("CreateChangeSet"), ["chat-dev-fleet"])
        self.assertIn("chat-dev-fleet is deployed: UPDATE_COMPLETE", result.err)

    def test_a_fleet_has_no_place_without_its_service(self):
        result = self.play(scenario({}, None), "deploy", "-e", "dev", "--yes", "--no-lint", "--fleet", code=4)
        self.assertIn("'chat-dev-fleet' needs the network of 'chat-dev', and there is no such stack in us-east-1\n"
                      "deploy it first, with: wsdeep deploy --service -e dev\n", result.err)

    def test_an_interrupt_between_the_two_and_the_next_run(self):
        document = scenario(made(PARTS[0], OUTPUTS), {})
        document["instead"] = [{"action": "CreateChangeSet", "of": "fleet", "signal": "SIGINT", "times": 1}]
        result = self.deploy(document, code=130)
        self.assertIn("error: interrupted\n'chat-dev' is deployed, and stays so; run wsdeep deploy again to go on from there",
                      result.err)
        result = self.deploy(scenario(there(OUTPUTS, "CREATE_COMPLETE", change_set=SAME), made(PARTS[1], NODES)))
        self.assertIn("chat-dev is up to date", result.err)
        self.assertIn("chat-dev-fleet is deployed: CREATE_COMPLETE", result.err)

    def test_nothing_to_deploy_is_nothing_in_both(self):
        both = scenario(there(OUTPUTS, change_set=SAME), there(NODES, change_set=SAME))
        self.assertEqual(self.deploy(both).out, "")
        self.assertIn("error: 'chat-dev' and 'chat-dev-fleet' are up to date: there is nothing to deploy",
                      self.deploy(both, "--fail-on-no-changes", code=5).err)

    def test_what_has_not_begun_is_not_waited_for(self):
        result = self.deploy(scenario({"change_set": A_CHANGE}), "--no-execute")
        self.assertIn("chat-dev-fleet comes after chat-dev: when that is deployed, run wsdeep deploy again", result.err)
        self.assertEqual(self.asked("CreateChangeSet"), ["chat-dev"])
        result = self.deploy(scenario(there(OUTPUTS, change_set=A_CHANGE), there(NODES, change_set=A_NODE_CHANGE)),
                             "--no-execute")
        self.assertEqual(self.asked("CreateChangeSet"), [*PARTS])

    def test_each_takes_the_parameters_that_it_declares(self):
        both = lambda: scenario(there(OUTPUTS, change_set=A_CHANGE), there(NODES, change_set=A_NODE_CHANGE))
        self.deploy(both(), "--no-execute", "--parameters", "NodeMax=7", "--parameters", "CoalesceMs=9")
        self.assertEqual((self.parameters_of("chat-dev")["CoalesceMs"], self.parameters_of("chat-dev-fleet")["NodeMax"]),
                         ("9", "7"))
        self.assertNotIn("NodeMax", self.parameters_of("chat-dev"))
        refused = self.deploy(scenario(there(OUTPUTS), there(NODES)), "--service", "--parameters", "NodeMax=7", code=2)
        self.assertIn("'NodeMax' is a parameter of chat-dev-fleet, not of chat-dev\nleave out --service", refused.err)
        refused = self.deploy(scenario(there(OUTPUTS), there(NODES)), "--parameters", "NodeMaxi=7", code=2)
        self.assertIn("declares no parameter 'NodeMaxi', did you mean 'NodeMax'?", refused.err)
        with open(os.path.join(self.folder, "both.json"), "w", encoding="utf-8") as file:
            json.dump({"NodeMax": "8", "CoalesceMs": "3"}, file)
        self.deploy(scenario(there(OUTPUTS), there(NODES, change_set=A_NODE_CHANGE)), "--fleet", "--no-execute",
                    "--parameters", "file://both.json")
        self.assertEqual(self.parameters_of("chat-dev-fleet")["NodeMax"], "8")

    def test_what_is_wrong_with_the_second_is_told_before_the_first_is_changed(self):
        refused = self.deploy(scenario(there(OUTPUTS), there(NODES)), "--parameters", "NodeVolumeGb=5", code=2)
        self.assertIn("NodeVolumeGb", refused.err)
        self.assertEqual(self.asked("CreateChangeSet"), [])

    def test_a_dry_run_looks_at_both(self):
        result = self.play(scenario({}), "deploy", "-e", "dev", "--no-lint", "--binaries", "programs", "--dry-run")
        for words in ("would create chat-dev\n", "would create chat-dev-fleet\n"):
            self.assertIn(words, result.err)
        self.assertIn("Vpc: (has no value yet)", result.out)
        self.assertRegex(result.out, r"(?s)^chat-dev\nparameters\n.*\nchat-dev-fleet\nparameters\n")
        self.assertEqual(result.err.count("account "), 1)


class FromAnEarlierWsdeep(TwoStacks):
    """Which had the nodes in the stack of the service."""

    OLD = {**OUTPUTS, "NodeGroupName": "chat-dev-nodes"}

    def test_running_nodes_are_not_deleted_by_the_way(self):
        for words in ([], ["--service"], ["--dry-run"]):
            result = self.deploy(scenario(there(self.OLD)), *words, code=3)
            self.assertIn("'chat-dev' still holds the nodes (chat-dev-nodes), as an earlier wsdeep made it", result.err)
            self.assertIn("to move them, run wsdeep deploy --move-fleet -e dev: it deletes the nodes of 'chat-dev'", result.err)
            self.assertEqual(self.asked("CreateChangeSet"), [])

    def test_they_move_when_they_are_told_to(self):
        service = there(self.OLD, change_set=A_CHANGE, execute={
            **rows(PARTS[0], "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"), "then": {"Outputs": OUTPUTS}})
        result = self.deploy(scenario(service, made(PARTS[1], NODES)), "--move-fleet")
        self.assertIn("until those serve, nobody gets an answer", result.err)
        self.assertEqual(self.asked("ExecuteChangeSet"), [*PARTS])

    def test_no_second_fleet_is_made_beside_them(self):
        result = self.deploy(scenario(there(self.OLD)), "--fleet", code=3)
        self.assertIn("'chat-dev' still holds the nodes", result.err)
        self.assertEqual(self.asked("CreateChangeSet"), [])


class Looking(TwoStacks):
    def test_outputs_are_those_of_both(self):
        both = scenario(there(OUTPUTS), there(NODES))
        self.assertEqual(json.loads(self.play(both, "outputs", "-e", "dev", "--output", "json").out), {**OUTPUTS, **NODES})
        self.assertEqual(json.loads(self.play(both, "outputs", "-e", "dev", "--fleet", "--output", "json").out), NODES)
        self.assertEqual(json.loads(self.play(both, "outputs", "-e", "dev", "--service", "--output", "json").out), OUTPUTS)
        self.assertEqual(json.loads(self.play(scenario(there(OUTPUTS)), "outputs", "-e", "dev", "--output", "json").out),
                         OUTPUTS)
        self.assertIn("deploy it with: wsdeep deploy --fleet -e dev\n",
                      self.play(scenario(there(OUTPUTS)), "outputs", "-e", "dev", "--fleet", code=4).err)

    def test_status_is_of_both(self):
        service, fleet = there(OUTPUTS), there(NODES, "UPDATE_ROLLBACK_COMPLETE")
        service["before"]["resources"] = []
        fleet["before"]["resources"] = [["LoadAlarm", "load", "AWS::CloudWatch::Alarm", "CREATE_COMPLETE"]]
        both = {**scenario(service, fleet),
                "alarms": [{"AlarmName": "load", "StateValue": "ALARM", "StateReason": "too many calls"}]}
        text = self.play(both, "status", "-e", "dev").out
        self.assertRegex(text, r"fleet +chat-dev-fleet  UPDATE_ROLLBACK_COMPLETE")
        self.assertIn("load  too many calls", text)
        status = json.loads(self.play(both, "status", "-e", "dev", "--output", "json").out)
        self.assertEqual((status["stack"], status["fleet"]["stack"]), PARTS)
        service["before"]["resources"] = []
        alone = self.play(scenario(service), "status", "-e", "dev").out
        self.assertIn("fleet     none; deploy it with: wsdeep deploy --fleet -e dev\n", alone)

    def test_packages_are_of_one_or_the_other(self):
        for word, names in (("--service", ["authorizer", "connect", "disconnect", "default", "message", "generate", "backend",
                                         "push", "rest-chat", "auth", "lab"]),
                            ("--fleet", ["node"])):
            run = subprocess.run([WSDEEP, "package", "-e", "dev", word, "--output", "json"], cwd=self.folder, check=True,
                                 env=self.environment("http://127.0.0.1:1"), capture_output=True, timeout=TIMEOUT)
            self.assertEqual([one["name"] for one in json.loads(run.stdout)], names)

    def test_diff_is_of_both(self):
        result = self.play(scenario(there(OUTPUTS)), "diff", "-e", "dev", "--exit-code", code=1)
        self.assertRegex(result.out, r"(?s)^chat-dev\n.*\nchat-dev-fleet\nnot deployed: deploy it with: wsdeep deploy --fleet")


class Destroying(TwoStacks):
    def destroy(self, document, *words, code=0):
        return self.play(document, "destroy", "-e", "dev", "--poll-interval", "20ms", *words, code=code)

    @staticmethod
    def going(stack, *statuses, **more):
        document = there({}, delete=rows(stack, *statuses), **more)
        document["before"]["resources"] = [["Q", "q", "AWS::SQS::Queue", "CREATE_COMPLETE"]]
        return document

    def test_the_nodes_go_first(self):
        ended = ("DELETE_IN_PROGRESS", "DELETE_COMPLETE")
        document = scenario(self.going(PARTS[0], *ended), self.going(PARTS[1], *ended))
        result = self.destroy(document, "--confirm", "chat-dev", "--keep-bucket")
        self.assertEqual(self.asked("DeleteStack"), [*PARTS[::-1]])
        self.assertIn("chat-dev-fleet is deleted\n", result.err)
        self.assertIn("chat-dev is deleted\n", result.err)

    def test_nodes_that_cannot_go_keep_the_service(self):
        fleet = self.going(PARTS[1], "DELETE_IN_PROGRESS", "DELETE_FAILED")
        service = there({})
        service["before"]["resources"] = []
        result = self.destroy(scenario(service, fleet), "--confirm", "chat-dev", code=1)
        self.assertIn("'chat-dev-fleet' was not deleted: it is in DELETE_FAILED", result.err)
        self.assertEqual(self.asked("DeleteStack"), ["chat-dev-fleet"])

    def test_the_nodes_alone(self):
        fleet = self.going(PARTS[1], "DELETE_IN_PROGRESS", "DELETE_COMPLETE")
        self.destroy(scenario(there(OUTPUTS), fleet), "--fleet", "--confirm", "chat-dev-fleet")
        self.assertEqual(self.asked("DeleteStack"), ["chat-dev-fleet"])
        self.assertIn("is not the stack's name", self.destroy(
            scenario(there(OUTPUTS), {**there(NODES), "before": {**there(NODES)["before"], "resources": []}}),
            "--fleet", "--confirm", "chat-dev", code=2).err)


if __name__ == "__main__":
    unittest.main()
