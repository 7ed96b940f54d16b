"""Both templates of every golden setting, whole: created, changed and deleted by the real binary in moto, whose gaps are
filled by tests/fakes/whole_moto.py. What a template names must exist, and every Ref, GetAtt, DependsOn and condition of
them is executed once at least. Needs `pip install 'moto[server]' cfn-lint aws-sam-translator`.
"""

import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

from harness import TIMEOUT, WSDEEP, Run
from moto import IMAGE, MotoServer, needs_moto

TESTS = pathlib.Path(__file__).resolve().parent.parent
SETTINGS = sorted((TESTS / "golden" / "stack" / "template").glob("*/wsdeep.yaml"))
MINIMAL = TESTS / "golden" / "stack" / "template" / "minimal" / "wsdeep.yaml"
CERTIFICATE = re.compile(r"arn:aws:acm:\S+")
ROLLOUT = {"RolloutModel": "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "RolloutImage": "vllm/vllm-openai:v0.9.0",
           "RolloutModelBucket": "models", "RolloutModelPrefix": "next", "RolloutNodes": "1", "RolloutWeight": "10",
           "RolloutRest": "90"}
# GPU nodes and the lab's server are x86_64, whatever the functions are.
INSTANCES = ("wsdeep-node", "wsdeep-lab")
PROGRAMS = [*INSTANCES, *(f"wsdeep-{job}" for job in ("authorizer", "connect", "disconnect", "default", "message",
                                                      "generate", "backend", "push", "rest-chat", "auth"))]
# A template, what is wrong in it, and what a deployment says.
FAULTS = (
    ("service", "!GetAtt ConnectionsTable.Arn", "!GetAtt ConnectionsTable.Arm",
     "resource ConnectionsTable does not support attribute type Arm in Fn::GetAtt"),
    ("service", "!GetAtt ConnectionsTable.Arn", "!GetAtt ConnectionTable.Arn", "undefined resource ConnectionTable"),
    ("service", "!Ref ConnectionsTable", "!Ref ConnectionTable", "Unresolved resource dependencies [ConnectionTable]"),
    ("service", "DependsOn: ApiGatewayAccount", "DependsOn: ApiAccount", "Unresolved resource dependencies [ApiAccount]"),
    ("service", "${WebSocketApi}", "${WebsocketApi}", "Unresolved resource dependencies [WebsocketApi]"),
    ("service", "AWS::SQS::Queue", "AWS::SQS::Line", "Unrecognized resource types: [AWS::SQS::Line]"),
    ("fleet", "Condition: HasRollout", "Condition: HasRolout", "Unresolved condition dependency HasRolout"),
    ("fleet", "!GetAtt NodeTemplate.LatestVersionNumber", "!GetAtt NodeTemplate.Latest",
     "resource NodeTemplate does not support attribute type Latest in Fn::GetAtt"),
)
# What a deleted stack leaves, by the policies of the templates.
KEPT = {"AWS::DynamoDB::Table", "AWS::Cognito::UserPool", "AWS::Logs::LogGroup", "AWS::IAM::Role",
        "AWS::ApiGateway::Account", "AWS::Lambda::Version"}


def has_linters():
    try:
        import cfnlint  # noqa: F401
        import samtranslator  # noqa: F401
    except ImportError:
        return False
    return True


def write_programs(folder, architecture):
    """Programs that need nothing and hold nothing, in place of those that take seconds to package."""
    folder.mkdir(exist_ok=True)
    for name in PROGRAMS:
        machine = 183 if architecture == "arm64" and name not in INSTANCES else 62
        header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, machine, 1, 0, 0, 0, 0, 64, 56, 0, 64, 0,
                             0)
        (folder / name).write_bytes(header + b"AWS_LAMBDA_RUNTIME_API")
        (folder / name).chmod(0o755)


class Surroundings:
    """What an account has before a deployment that names it; `settings` names what is made here."""

    def __init__(self, moto, text):
        self.moto, self.settings = moto, text
        self.environment, self.region = re.search(r"environments:\n  (\S+):\n    region: (\S+)", text).groups()
        self.client("ssm").put_parameter(Name="/images/node", Value=IMAGE, Type="String")
        self.fill_in(CERTIFICATE, self.certificate())
        self.fill_in("ami-0123456789abcdef0", IMAGE)
        if "hosted_zone: " in text:
            self.fill_in(r"Z0123456789ABCDEFGHIJ", self.zone())
        if "model_snapshot: " in text:
            volume = self.client("ec2").create_volume(Size=100, AvailabilityZone=self.region + "a")["VolumeId"]
            self.fill_in("snap-0123456789abcdef0", self.client("ec2").create_snapshot(VolumeId=volume)["SnapshotId"])
        if "mode: existing" in text or "mode: ssm" in text:
            self.network()

    def client(self, service):
        return self.moto.client(service, self.region)

    def fill_in(self, old, new):
        self.settings = re.sub(old, new, self.settings)

    def certificate(self):
        return self.client("acm").request_certificate(DomainName="*.example.com")["CertificateArn"]

    def zone(self):
        made = self.client("route53").create_hosted_zone(Name="example.com", CallerReference="test")
        return made["HostedZone"]["Id"].split("/")[-1]

    def network(self):
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=self.region + letter)
                   ["Subnet"]["SubnetId"] for number, letter in enumerate("abc")]
        groups = [ec2.create_security_group(GroupName=f"group-{number}", Description="-", VpcId=vpc)["GroupId"]
                  for number in range(3)]
        self.fill_in("vpc-0123456789abcdef0", vpc)
        for kind, made in (("subnet", subnets), ("sg", groups)):
            for number, one in enumerate(made):
                self.fill_in(f"{kind}-0123456789abcdef{number}", one)
        for name, value in (("vpc", vpc), ("private-subnets", ",".join(subnets[:2]))):
            self.client("ssm").put_parameter(Name=f"/network/dev/{name}", Value=value, Type="String")


@needs_moto
@unittest.skipUnless(has_linters(), "pip install cfn-lint aws-sam-translator")
class InMoto(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wsdeep-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.executed = pathlib.Path(cls.folder) / "executed"
        cls.moto = MotoServer([sys.executable, str(TESTS / "fakes" / "whole_moto.py")],
                              WSDEEP_EXECUTED=str(cls.executed))
        cls.addClassCleanup(cls.moto.stop)
        (pathlib.Path(cls.folder) / ".aws").mkdir()
        (pathlib.Path(cls.folder) / ".aws" / "config").write_text(
            "[profile chat-production]\naws_access_key_id = test\naws_secret_access_key = test\n")

    def lay_out(self, path, changes=()):
        self.moto.reset()
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            text = text.replace(old, new)
        self.around = Surroundings(self.moto, text)
        write_programs(pathlib.Path(self.folder) / "programs", "arm64" if "arm64" in self.around.settings else "x86_64")
        (pathlib.Path(self.folder) / "wsdeep.yaml").write_text(self.around.settings, encoding="utf-8")

    def run_wsdeep(self, *words, code=0):
        environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "AWS_ENDPOINT_URL": self.moto.url,
                       "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        words = [*words, "-e", self.around.environment]
        result = Run(subprocess.run([WSDEEP, *words], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                                    capture_output=True, timeout=TIMEOUT))
        self.assertIn(code, (None, result.code), result)
        return result

    def deploy(self, *more, code=0):
        return self.run_wsdeep("deploy", "--yes", "--no-lint", "--no-preflight", "--no-wait", "--poll-interval", "50ms",
                               "--binaries", "programs", "--output", "json", *more, code=code)

    def rolled_out(self, values):
        return self.deploy("--fleet", "--parameters", *[f"{name}={value}" for name, value in values.items()])

    def stack(self, name):
        return self.around.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]

    def resources(self, stack):
        listed = self.around.client("cloudformation").list_stack_resources(StackName=stack)["StackResourceSummaries"]
        return {one["LogicalResourceId"]: one["ResourceType"] for one in listed if one["LogicalResourceId"]}


class WholeTemplates(InMoto):
    done = set()

    def lived(self, name):
        if name not in self.done:
            self.life(*LIVES[name])
            self.done.add(name)

    def test_everything_that_a_template_says_is_executed(self):
        for name in LIVES:
            self.lived(name)
        wanted, executed = (set(path.read_text(encoding="utf-8").splitlines())
                            for path in (self.executed.with_suffix(".wanted"), self.executed))
        both = {f"template Condition:{value} {line.split()[-1]}" for line in wanted if line.startswith("template Condition")
                for value in ("true", "false")}
        held = {"template " + " ".join(line.split()[1:]) for line in executed if " Condition:" in line}
        self.assertGreater(len(wanted), 400)
        self.assertEqual({line for line in wanted if not line.startswith("template ")} - executed, set())
        self.assertEqual(both - held, set())

    def life(self, path, changes):
        self.lay_out(path, changes)
        made = self.deploy()
        service = re.search(r"(?m)^stack     (\S+) in ", made.err).group(1)
        # Where Amazon Bedrock answers there are no nodes.
        stacks = [service] if "engine: bedrock" in self.around.settings else [service, service + "-fleet"]
        self.assertEqual([self.stack(name)["StackStatus"] for name in stacks], ["CREATE_COMPLETE"] * len(stacks))
        if len(stacks) > 1:
            self.check_rollout(stacks[1])
        self.check_nothing_to_do(len(stacks))
        self.register_the_lab(service)
        self.check_destroyed(*stacks)

    def register_the_lab(self, service):
        """As its server does, which moto's instance is not."""
        if "LabService" not in self.resources(service):
            return
        found = self.around.client("cloudformation").describe_stack_resource(
            StackName=service, LogicalResourceId="LabService")["StackResourceDetail"]
        self.around.client("servicediscovery").register_instance(
            ServiceId=found["PhysicalResourceId"], InstanceId="lab", Attributes={"AWS_INSTANCE_IPV4": "10.0.0.7"})

    def check_rollout(self, fleet):
        before = self.resources(fleet)
        outputs = json.loads(self.rolled_out(ROLLOUT).out)
        self.assertEqual(self.stack(fleet)["StackStatus"], "UPDATE_COMPLETE")
        self.assertIn("RolloutGroupName", outputs)
        self.assertIn("NodeGroupRollout", self.resources(fleet))
        back = dict.fromkeys(ROLLOUT, "") | {"RolloutNodes": "0", "RolloutWeight": "0", "RolloutRest": "100"}
        self.assertNotIn("RolloutGroupName", json.loads(self.rolled_out(back).out))
        self.assertEqual(self.resources(fleet), before)

    def check_nothing_to_do(self, stacks):
        self.assertEqual(self.deploy().err.count("there is nothing to deploy"), stacks)

    def check_destroyed(self, service, *fleet):
        production = ["--production", "--unprotect"] if self.around.environment == "production" else []
        ids = {stack: self.stack(stack)["StackId"] for stack in (service, *fleet)}
        made = {stack: self.resources(stack) for stack in ids}
        gone = self.run_wsdeep("destroy", "--confirm", service, "--poll-interval", "50ms", *production)
        for stack, stack_id in ids.items():
            self.assertIn(f"{stack} is deleted", gone.err)
            ended = self.ends_of(stack_id)
            self.assertLessEqual(set(made[stack]), set(ended))
            kept = {made[stack][name] for name in made[stack] if ended[name] == "DELETE_SKIPPED"}
            self.assertLessEqual(kept, KEPT)
        self.assertEqual(self.left(), {})

    def ends_of(self, stack_id):
        """Logical id → how its deletion ended."""
        events = self.around.client("cloudformation").describe_stack_events(StackName=stack_id)["StackEvents"]
        return {one["LogicalResourceId"]: one["ResourceStatus"] for one in events
                if one["ResourceStatus"] in ("DELETE_COMPLETE", "DELETE_SKIPPED")
                and one["ResourceType"] != "AWS::CloudFormation::Stack"}

    def left(self):
        """What costs money or is in the way of another, and is there yet."""
        instances = self.around.client("ec2").describe_instances(
            Filters=[{"Name": "instance-state-name", "Values": ["pending", "running", "stopped"]}])
        found = {"instances": instances["Reservations"],
                 "load balancers": self.around.client("elbv2").describe_load_balancers()["LoadBalancers"],
                 "NAT gateways": [one for one in self.around.client("ec2").describe_nat_gateways()["NatGateways"]
                                  if one["State"] != "deleted"],
                 "addresses": self.around.client("ec2").describe_addresses()["Addresses"],
                 "names": self.around.client("servicediscovery").list_services()["Services"],
                 "functions": self.around.client("lambda").list_functions()["Functions"]}
        return {what: ones for what, ones in found.items() if ones}


class Faults(InMoto):
    """What does not exist fails a deployment, whichever kind of name it is: by wsdeep's own check of the template, and
    by CloudFormation's, which the fakes play."""

    def setUp(self):
        self.lay_out(MINIMAL)
        self.templates = {part: self.run_wsdeep("render", "--parameters-out", part + ".json", *words).out
                          for part, *words in (("service",), ("fleet", "--fleet"))}

    def wrong(self, part, old, new):
        self.assertIn(old, self.templates[part])
        text = self.templates[part].replace(old, new, 1)
        (pathlib.Path(self.folder) / "wrong.yaml").write_text(text, encoding="utf-8")
        return text

    def test_cloudformation_refuses_what_does_not_exist(self):
        stacks = self.around.client("cloudformation")
        for number, (part, old, new, words) in enumerate(FAULTS):
            with self.subTest(new), self.assertRaises(stacks.exceptions.ClientError) as refused:
                stacks.create_change_set(StackName=f"wrong-{number}", ChangeSetName="one", ChangeSetType="CREATE",
                                         TemplateBody=re.sub(r"CodeUri: \S+", "CodeUri: s3://bucket/one.zip",
                                                             self.wrong(part, old, new)))
            self.assertIn(words, str(refused.exception))

    def deploy_wrong(self, part, old, new):
        self.wrong(part, old, new)
        failed = self.deploy("--template", "wrong.yaml", f"--{part}", "--parameters", f"file://{part}.json", code=None)
        self.assertNotEqual(failed.code, 0)
        return failed.err

    def test_nor_does_wsdeep_deploy_it(self):
        for part, old, new, _ in FAULTS:
            with self.subTest(new):
                self.assertIn(re.findall(r"[A-Za-z]+", new)[-1], self.deploy_wrong(part, old, new))
        self.assertEqual(self.around.client("cloudformation").describe_stacks()["Stacks"], [])

    def test_a_value_that_does_not_exist_fails_where_it_is_taken(self):
        said = self.deploy_wrong("service", "!Select [0, !GetAZs", "!Select [7, !GetAZs")
        self.assertIn("Fn::Select cannot select nonexistent value at index 7", said)


def add_life(name, path, changes=()):
    LIVES[name] = (path, changes)
    setattr(WholeTemplates, "test_" + re.sub(r"\W", "_", name), lambda self: self.lived(name))


LIVES = {}
for found in SETTINGS:
    add_life(found.parent.name, found)
for partition, place in (("china", "cn-north-1"), ("gov_cloud", "us-gov-west-1")):
    add_life(partition, MINIMAL, [("us-east-1", place)])


if __name__ == "__main__":
    unittest.main()
