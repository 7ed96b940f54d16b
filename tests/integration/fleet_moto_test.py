"""`wsdeep fleet` by the real binary against moto's server, which plays CloudFormation, Auto Scaling, EC2, the load balancer
and CloudWatch. Needs `pip install 'moto[server]'`.

What moto 5.2 does not do, and the scripted scenarios of fleet_test therefore play: instance refreshes, failed
activities, lifecycle hooks, the price list, weights of target groups that a stack changes.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from harness import TIMEOUT, WSDEEP, Run, eventually
from moto import REGION, MotoServer, needs_moto
from terminal import OnTerminal

STACK = """Resources: {{Queue: {{Type: "AWS::SQS::Queue"}}}}
Outputs:
  NodeGroupName: {{Value: chat-dev-nodes}}
  NodeTargetGroupArn: {{Value: "{target_group}"}}
"""


@needs_moto
class FleetOfMoto(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wsdeep-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.moto = MotoServer()
        cls.addClassCleanup(cls.moto.stop)
        cls.ec2, cls.groups = cls.moto.client("ec2"), cls.moto.client("autoscaling")
        cls.balancer, cls.metrics = cls.moto.client("elbv2"), cls.moto.client("cloudwatch")
        cls.make_stack()

    @classmethod
    def make_stack(cls):
        vpc = cls.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = cls.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1a")
        cls.subnet = subnet["Subnet"]["SubnetId"]
        other = cls.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.2.0/24", AvailabilityZone="us-east-1b")
        balancer = cls.balancer.create_load_balancer(Name="lb", Subnets=[cls.subnet, other["Subnet"]["SubnetId"]])
        cls.target_group = cls.balancer.create_target_group(
            Name="nodes", Protocol="HTTP", Port=50051, VpcId=vpc)["TargetGroups"][0]["TargetGroupArn"]
        cls.balancer.create_listener(
            LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"], Protocol="HTTP", Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": cls.target_group}])
        image = cls.ec2.describe_images()["Images"][0]["ImageId"]
        cls.ec2.create_launch_template(LaunchTemplateName="node", LaunchTemplateData={
            "ImageId": image, "InstanceType": "g6.xlarge"})
        cls.moto.client("cloudformation").create_stack(
            StackName="chat-dev-fleet", TemplateBody=STACK.format(target_group=cls.target_group))

    def setUp(self):
        self.groups.create_auto_scaling_group(
            AutoScalingGroupName="chat-dev-nodes", MinSize=1, MaxSize=4, DesiredCapacity=2,
            VPCZoneIdentifier=self.subnet, TargetGroupARNs=[self.target_group],
            LaunchTemplate={"LaunchTemplateName": "node", "Version": "$Latest"})
        self.addCleanup(self.remove_group)

    def remove_group(self):
        self.groups.delete_auto_scaling_group(AutoScalingGroupName="chat-dev-nodes", ForceDelete=True)
        # Auto Scaling would do that itself.
        targets = self.balancer.describe_target_health(TargetGroupArn=self.target_group)["TargetHealthDescriptions"]
        self.deregister(*[one["Target"]["Id"] for one in targets])

    def deregister(self, *nodes):
        self.balancer.deregister_targets(TargetGroupArn=self.target_group, Targets=[{"Id": node} for node in nodes])

    def group(self):
        return self.groups.describe_auto_scaling_groups(AutoScalingGroupNames=["chat-dev-nodes"])["AutoScalingGroups"][0]

    def nodes(self):
        return [one["InstanceId"] for one in self.group()["Instances"]]

    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": self.folder, "AWS_ENDPOINT_URL": self.moto.url,
                "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION,
                "AWS_MAX_ATTEMPTS": "1"}

    def fleet(self, *words, code=0):
        result = Run(subprocess.run([WSDEEP, "fleet", *words, "--stack", "chat-dev"], cwd=self.folder,
                                    env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True,
                                    timeout=TIMEOUT))
        self.assertEqual(result.code, code, result)
        return result

    def change(self, *words, code=0):
        return self.fleet(*words, "--yes", "--poll-interval", "50ms", code=code)

    def started(self, *words):
        return subprocess.Popen([WSDEEP, "fleet", *words, "--stack", "chat-dev", "--yes", "--poll-interval", "50ms"],
                                cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def state_of(self, node):
        return next((one["LifecycleState"] for one in self.group()["Instances"] if one["InstanceId"] == node), "gone")

    def measure(self, node, **values):
        dimensions = [{"Name": "AutoScalingGroupName", "Value": "chat-dev-nodes"}, {"Name": "InstanceId", "Value": node}]
        self.metrics.put_metric_data(Namespace="wsdeep/node", MetricData=[
            {"MetricName": name, "Value": value, "Dimensions": dimensions} for name, value in values.items()])

    def test_status_shows_nodes_with_health_and_load(self):
        first, second = self.nodes()
        self.measure(first, Load=0.75, TimeToFirstTokenP50=850, Running=6, Waiting=0)
        status = json.loads(self.fleet("status", "--output", "json").out)
        self.assertEqual((status["stack"], status["region"]), ("chat-dev-fleet", REGION))
        group = status["group"]
        self.assertEqual([group[key] for key in ("name", "min", "desired", "max", "serving")],
                         ["chat-dev-nodes", 1, 2, 4, 2])
        nodes = {node["id"]: node for node in group["nodes"]}
        self.assertEqual(set(nodes), {first, second})
        one = nodes[first]
        self.assertEqual([one[key] for key in ("type", "zone", "spot", "lifecycle", "target", "load", "ttftP50Ms")],
                         ["g6.xlarge", "us-east-1a", False, "InService", "healthy", 0.75, 850.0])
        # What nobody measured, and nobody prices, is unknown.
        self.assertEqual([nodes[second][key] for key in ("load", "ttftP50Ms", "usdPerHour")], [None, None, None])
        self.assertIsNone(group["usdPerHour"])

    def test_status_for_people(self):
        text = self.fleet("status").out
        self.assertRegex(text, r"fleet     chat-dev-nodes in us-east-1  min 1, desired 2, max 4\n"
                               r"          2 of 2 serve; price unknown\n")
        for node in self.nodes():
            self.assertRegex(text, node + r" +g6\.xlarge +us-east-1a +demand +\d+s +InService +healthy +- ")

    def test_scaling_waits_until_the_nodes_serve(self):
        up = self.change("scale", "3")
        self.assertIn("chat-dev-nodes: 2 → 3 nodes; 2 of 2 serve\n", up.err)
        self.assertIn("chat-dev-nodes has 3 nodes\n", up.err)
        self.assertEqual(len(self.nodes()), 3)
        self.assertIn("chat-dev-nodes has 1 node\n", self.change("scale", "1").err)
        self.assertEqual(self.group()["DesiredCapacity"], 1)

    def test_scaling_keeps_the_bounds_or_moves_them(self):
        self.assertIn("chat-dev-nodes may have at most 4 nodes, not 5", self.change("scale", "5", code=2).err)
        self.assertIn("chat-dev-nodes has to have at least 1 node, not 0", self.change("scale", "0", code=2).err)
        self.assertEqual(self.group()["DesiredCapacity"], 2)
        moved = self.change("scale", "5", "--max", "6", "--no-wait")
        self.assertIn("most: 4 → 6", moved.err)
        self.assertEqual([self.group()[key] for key in ("MinSize", "DesiredCapacity", "MaxSize")], [1, 5, 6])

    def test_scaling_asks(self):
        refused = self.fleet("scale", "3", code=2)
        self.assertIn("--yes", refused.err)
        self.assertEqual(self.group()["DesiredCapacity"], 2)

    def test_draining_replaces_or_shrinks(self):
        first, second = self.nodes()
        gone = self.change("drain", first)
        self.assertIn(f"{first} is gone\n", gone.err)
        self.assertEqual((self.group()["DesiredCapacity"], len(self.nodes())), (2, 2))
        self.change("drain", second, "--shrink")
        self.assertEqual((self.group()["DesiredCapacity"], len(self.nodes())), (1, 1))
        self.assertIn("chat-dev-nodes has 1 node and may have no fewer", self.change("drain", self.nodes()[0], "--shrink", code=2).err)

    def test_a_node_stands_by_and_comes_back(self):
        first, _ = self.nodes()
        with self.started("drain", first, "--standby") as draining:
            eventually(lambda: self.state_of(first) == "Standby")
            self.assertIsNone(draining.poll())  # it gets calls still
            self.deregister(first)
            self.assertIn(f"{first} stands by, without traffic\n", draining.communicate(timeout=TIMEOUT)[1].decode())
        self.assertEqual(self.group()["DesiredCapacity"], 1)
        again = self.change("drain", first, "--standby")
        self.assertIn("is leaving already: following it", again.err)
        with self.started("drain", first, "--back") as coming:
            eventually(lambda: self.state_of(first) == "InService")
            self.balancer.register_targets(TargetGroupArn=self.target_group, Targets=[{"Id": first}])
            self.assertIn(f"{first} serves again\n", coming.communicate(timeout=TIMEOUT)[1].decode())
        self.assertEqual(self.group()["DesiredCapacity"], 2)

    def test_a_node_that_is_none(self):
        result = self.change("drain", "i-0123", code=4)
        self.assertIn("'i-0123' is no node of chat-dev-nodes", result.err)

    def test_watching_at_a_terminal_ends_with_an_interrupt(self):
        for columns in (80, 160):
            words = [WSDEEP, "fleet", "status", "--watch", "--stack", "chat-dev", "--poll-interval", "200ms"]
            with OnTerminal(words, self.environment(), self.folder, columns=columns) as terminal:
                terminal.wait_for(self.nodes()[1])
                terminal.process.send_signal(signal.SIGINT)
                self.assertEqual(terminal.finish(), 130)
                self.assertEqual(terminal.screen.wrapped, [])


@needs_moto
class FleetThatIsNotThere(unittest.TestCase):
    def test_a_stack_without_nodes_and_a_group_that_is_gone(self):
        moto = MotoServer()
        self.addCleanup(moto.stop)
        stacks = moto.client("cloudformation")
        stacks.create_stack(StackName="bare-fleet", TemplateBody="Resources: {Queue: {Type: 'AWS::SQS::Queue'}}")
        stacks.create_stack(StackName="lost-fleet", TemplateBody=STACK.format(target_group="arn"))
        stacks.create_stack(StackName="old", TemplateBody=STACK.format(target_group="arn"))
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_ENDPOINT_URL": moto.url,
                       "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}
        for stack, words in (("bare", "'bare-fleet' has no nodes"), ("gone", "there is no stack 'gone-fleet'"),
                             ("bare-fleet", "--stack takes the name of the service's stack: --stack bare\n"),
                             ("old", "'old' holds the nodes, as an earlier wsdeep made it"),
                             ("lost", "the Auto Scaling group 'chat-dev-nodes' of 'lost-fleet' is gone")):
            result = Run(subprocess.run([WSDEEP, "fleet", "status", "--stack", stack], env=environment, cwd="/",
                                        stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT))
            self.assertEqual(result.code, 4, result)
            self.assertIn(words, result.err)


if __name__ == "__main__":
    unittest.main()
