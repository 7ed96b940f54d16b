"""The walk-through of the second room's document ("AWS Serverless Chatroom Infrastructure"), its commands as they stand there,
by the AWS CLI in moto (with its gaps filled: tests/fakes/whole_moto.py), with the template that `wsdeep render` prints.

What differs from the document, and why:
* The functions are wsdeep's, not the empty ones that the document zips; `wsdeep package` makes the zips.
* `--capabilities` needs CAPABILITY_AUTO_EXPAND too, since the template is SAM's.
* `params.json` is what the template takes (`--parameters-out`): project, environment and domain, which the document's three
  parameters say, are settings. The document's own file, with a template of one's own that declares them, is
  `wsdeep deploy --template`.
* `aws s3 mb s3://my-chatroom-lambda-dev` is the document's bucket; `wsdeep deploy` makes one of its own.
Not requests: cloning, `npm init`, the chapters "Post-Deployment Configuration" to "Troubleshooting Guide" (what they ask to
configure is in the template: see the goldens), and the two pictures, which the document does not carry. The token exchange
is played in the tests of `wsdeep-auth`, rooms and their frames in rooms_test and seed_001_test; what its function get-messages
is for, in EarlierMessages.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import TIMEOUT, WSDEEP, Run, SystemTest
from moto import KEY, REGION, MotoServer, needs_moto
from node_room import HAS_WS, NODE, NodeMember, aws_cli
from whole_templates_test import CERTIFICATE, has_linters, write_programs

FAKES = pathlib.Path(__file__).resolve().parent.parent / "fakes"
BUCKET, STACK = "my-chatroom-lambda-dev", "my-chatroom-dev"
SETTINGS = """project: my-chatroom
environments:
  dev:
    region: us-east-1
rooms: true
llm:
  domain: llm.your-domain.com
  certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555
  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B
  instance_types: [g5.xlarge]
allowed_origins: [https://your-domain.com]
"""
# As it stands in the document.
PARAMS = """[
  {
    "ParameterKey": "Environment",
    "ParameterValue": "dev"
  },
  {
    "ParameterKey": "ProjectName",
    "ParameterValue": "my-chatroom"
  },
  {
    "ParameterKey": "DomainName",
    "ParameterValue": "your-domain.com"
  }
]
"""
OWN_TEMPLATE = """Parameters:
  Environment: {Type: String}
  ProjectName: {Type: String}
  DomainName: {Type: String}
Resources:
  ConnectionsTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "${ProjectName}-connections-${Environment}"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: connectionId, AttributeType: S}]
      KeySchema: [{AttributeName: connectionId, KeyType: HASH}]
"""


@needs_moto
@unittest.skipUnless(has_linters(), "pip install cfn-lint aws-sam-translator")
@unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not installed (pip install awscli)")
class Seed003(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.moto = MotoServer([sys.executable, str(FAKES / "whole_moto.py")])
        cls.addClassCleanup(cls.moto.stop)

    def setUp(self):
        self.moto.reset()
        folder = tempfile.TemporaryDirectory(prefix="wsdeep-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        certificate = self.moto.client("acm").request_certificate(DomainName="*.your-domain.com")["CertificateArn"]
        self.write("wsdeep.yaml", CERTIFICATE.sub(certificate, SETTINGS))
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "AWS_ENDPOINT_URL": self.moto.url,
                            "AWS_DEFAULT_REGION": REGION, **KEY}

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def wsdeep(self, *words, code=0):
        done = Run(subprocess.run([WSDEEP, *words], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=TIMEOUT))
        self.assertEqual(done.code, code, done)
        return done

    def aws(self, *words):
        """A command of the document; in the folder where it puts its files."""
        here = os.getcwd()
        os.chdir(self.folder)
        try:
            done = aws_cli(self.environment, *words)
        finally:
            os.chdir(here)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def outputs(self):
        said = json.loads(self.aws("cloudformation", "describe-stacks", "--stack-name", STACK, "--query", "Stacks[0].Outputs"))
        return {one["OutputKey"]: one["OutputValue"] for one in said}

    def prepare_functions(self):
        """"Lambda Function Preparation", and "Create Lambda Code Bucket"."""
        write_programs(self.folder / "programs", "x86_64")
        built = json.loads(self.wsdeep("package", "-e", "dev", "--service", "--binaries", "programs", "--output", "json").out)
        self.aws("s3", "mb", f"s3://{BUCKET}")
        for package in built:
            self.aws("s3", "cp", package["file"], f"s3://{BUCKET}/{package['name']}.zip")

    def render(self):
        self.wsdeep("render", "-e", "dev", "--out", "template.yaml", "--parameters-out", "params.json")
        template = (self.folder / "template.yaml").read_text(encoding="utf-8")
        self.write("template.yaml", template.replace("CodeUri: build/package/", f"CodeUri: s3://{BUCKET}/"))

    def test_the_documents_commands_make_the_stack_and_delete_it(self):
        self.prepare_functions()
        self.render()
        parameters = json.loads((self.folder / "params.json").read_text(encoding="utf-8"))
        self.assertEqual({tuple(sorted(one)) for one in parameters}, {("ParameterKey", "ParameterValue")})
        self.aws("cloudformation", "create-stack", "--stack-name", STACK, "--template-body", "file://template.yaml",
                 "--parameters", "file://params.json", "--capabilities", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM",
                 "CAPABILITY_AUTO_EXPAND")
        outputs = self.outputs()
        for name in ("WebSocketUrl", "UserPoolId", "UserPoolClientId", "ConnectionsTableName"):
            self.assertTrue(outputs[name], name)
        self.assertRegex(outputs["WebSocketUrl"], r"^wss://.+/dev$")
        # "Connection Management: Verify DynamoDB table creation"
        table = json.loads(self.aws("dynamodb", "describe-table", "--table-name", outputs["ConnectionsTableName"]))["Table"]
        self.assertEqual(table["KeySchema"], [{"AttributeName": "connectionId", "KeyType": "HASH"}])
        self.assertEqual([index["IndexName"] for index in table["GlobalSecondaryIndexes"]], ["UserIdIndex"])
        # What the AWS CLI has made is a stack of wsdeep's as any other.
        self.assertEqual(json.loads(self.wsdeep("outputs", "-e", "dev", "--output", "json").out)["WebSocketUrl"],
                         outputs["WebSocketUrl"])
        self.aws("cloudformation", "delete-stack", "--stack-name", STACK)
        listed = json.loads(self.aws("cloudformation", "list-stacks", "--stack-status-filter", "CREATE_COMPLETE"))
        self.assertEqual(listed["StackSummaries"], [])

    def test_the_documents_parameter_file_goes_with_its_own_template(self):
        self.write("params.json", PARAMS)
        self.write("own.yaml", OWN_TEMPLATE)
        self.wsdeep("deploy", "--stack", STACK, "--template", "own.yaml", "--parameters", "file://params.json", "--yes",
                    "--no-lint", "--poll-interval", "50ms")
        stack = json.loads(self.aws("cloudformation", "describe-stacks", "--stack-name", STACK))["Stacks"][0]
        self.assertEqual({one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]},
                         {"Environment": "dev", "ProjectName": "my-chatroom", "DomainName": "your-domain.com"})
        self.assertEqual(json.loads(self.aws("dynamodb", "list-tables"))["TableNames"], ["my-chatroom-connections-dev"])
        self.wsdeep("destroy", "--stack", STACK, "--confirm", STACK, "--poll-interval", "50ms")
        self.assertEqual(json.loads(self.aws("dynamodb", "list-tables"))["TableNames"], [])

    def test_a_slip_in_the_parameter_file_is_shown_where_it_is(self):
        self.write("own.yaml", OWN_TEMPLATE)
        for old, new, words in (
                ('"ParameterValue": "dev"', '"ParameterVaule": "dev"',
                 "params.json:4:5: a parameter has no field 'ParameterVaule', did you mean 'ParameterValue'?"),
                (',\n    "ParameterValue": "dev"', "",
                 "params.json:2:3: expected ParameterKey and ParameterValue, or UsePreviousValue"),
                ('"your-domain.com"', '{"Ref": "Domain"}', "params.json:12:23: expected a value or a list of values"),
                ("ProjectName", "Environment", "'Environment'"),
                ("DomainName", "DomianName", "declares no parameter 'DomianName', did you mean 'DomainName'?")):
            with self.subTest(new=new):
                self.assertIn(old, PARAMS)
                self.write("params.json", PARAMS.replace(old, new))
                said = self.wsdeep("deploy", "--stack", STACK, "--template", "own.yaml", "--parameters",
                                   "file://params.json", "--yes", "--no-lint", code=2)
                self.assertIn(words, said.err)

    def test_with_wsdeeps_template_its_parameters_are_said_to_be_none(self):
        self.write("params.json", PARAMS)
        said = self.wsdeep("deploy", "-e", "dev", "--parameters", "file://params.json", "--yes", "--no-lint",
                           "--no-preflight", code=2)
        self.assertIn("declares no parameter 'Environment'", said.err)


@unittest.skipUnless(NODE and HAS_WS, "node or its packages are missing (apt-get install nodejs npm; cli/prepare tests)")
class EarlierMessages(SystemTest):
    """What the document's function get-messages is for: over HTTP, by curl, with the cookie of the sign-in."""

    OPTIONS = ("--rooms",)
    USERS = ("alice", "bob")

    def get(self, query, *options):
        """Status and body of GET /messages."""
        done = subprocess.run(["curl", "-s", "-w", "\n%{http_code}", *options, self.system.info["endpoint"] + "/messages" + query],
                              capture_output=True, text=True, timeout=TIMEOUT)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)

    def test_a_page_that_comes_later_reads_what_was_said(self):
        cookies = {user: f"id_token={self.system.token(user)}" for user in self.USERS}
        alice = NodeMember(self.system.info["url"], cookies["alice"])
        self.addCleanup(alice.stop)
        for word in ("first", "second", "third"):
            alice.say(word)
        status, page = self.get("?limit=2", "--cookie", cookies["bob"])
        self.assertEqual((status, [m["content"] for m in page["data"]["messages"]]), (200, ["second", "third"]), page)
        self.assertEqual(page["data"]["messages"][0]["senderName"], "alice")
        alice.send({"action": "history", "data": {"room": "lobby", "limit": 2}})
        frame = alice.receive_until(lambda one: one.get("action") == "history")[-1]
        self.assertEqual(page["data"]["messages"], frame["data"]["messages"])
        status, page = self.get("", "--cookie", cookies["bob"], "--get", "--data-urlencode", f"before={page['data']['before']}")
        self.assertEqual((status, [m["content"] for m in page["data"]["messages"]]), (200, ["first"]), page)

    def test_for_nobody_without_a_token_and_of_no_room_of_others(self):
        self.assertEqual(self.get("")[0], 401)
        self.assertEqual(self.get("", "--cookie", "id_token=forged.by.hand")[0], 401)
        status, said = self.get("?room=secret", "--cookie", f"id_token={self.system.token('bob')}")
        self.assertEqual((status, said["error"]), (403, "You are not in the room 'secret'; join it first."))


if __name__ == "__main__":
    unittest.main()
