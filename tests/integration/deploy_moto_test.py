"""The life of a stack by the real binary, against moto's server: package → upload → create → no change → update →
outputs → status → diff → logs → destroy. Needs `pip install 'moto[server]'`.

What moto 5.2 does not do, and this test therefore does not ask of it:
* it does not apply the SAM transform: a template of plain resources is deployed with --template (a function of SAM's in
  it is kept, ignored by moto, so that its package is built and uploaded);
* it has no outputs for a stack that a change set made: `outputs` reads one that CreateStack made;
* it reports events of the stack only, none of its resources;
* it does not know UpdateTerminationProtection: a scripted scenario of deploy_test plays that.
"""

import glob
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from harness import TIMEOUT, WSDEEP, Run
from moto import MotoServer, needs_moto

TEMPLATE = """AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  QueueName: {Type: String, Default: first}
Resources:
  DefaultFunction:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Handler: bootstrap
      CodeUri: build/package/default.zip
  ChatsTable:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {AttributeName: chatId, AttributeType: S}
      KeySchema:
        - {AttributeName: chatId, KeyType: HASH}
  Failed:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Ref QueueName}
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /aws/lambda/chat-dev-message}
Outputs:
  QueueUrl: {Value: !Ref Failed}
"""
SETTINGS = """project: two
environments:
  dev: {region: us-east-1}
  staging:
    region: us-east-1
    protection: {policy: deny-replace-of-data}
llm:
  domain: llm.example.com
  certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555
  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B
  instance_types: [g5.xlarge]
allowed_origins: [https://app.example.com]
"""
BUCKET = "wsdeep-chat-dev-123456789012-us-east-1"


@needs_moto
class DeployToMoto(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wsdeep-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        with open(os.path.join(cls.folder, "template.yaml"), "w", encoding="utf-8") as file:
            file.write(TEMPLATE)
        moto = MotoServer()
        cls.addClassCleanup(moto.stop)
        cls.endpoint = moto.url

    def run_wsdeep(self, *words, code=0):
        environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "AWS_ENDPOINT_URL": self.endpoint,
                       "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
        result = Run(subprocess.run([WSDEEP, *words], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                                    capture_output=True, timeout=TIMEOUT))
        self.assertEqual(result.code, code, result)
        return result

    def deploy(self, *more, code=0):
        return self.run_wsdeep("deploy", "--stack", "chat-dev", "--template", "template.yaml", "--yes",
                               "--poll-interval", "50ms", "--no-lint", *more, code=code)

    def call(self, service, headers, body):
        """A request of our own; moto does not check signatures, but reads the service from them."""
        request = urllib.request.Request(self.endpoint + "/", data=body.encode(), headers={
            "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20240219/us-east-1/{service}/aws4_request, "
                             "SignedHeaders=host, Signature=0", **headers})
        return urllib.request.urlopen(request, timeout=TIMEOUT).read().decode()

    def logs(self, operation, **body):
        return self.call("logs", {"Content-Type": "application/x-amz-json-1.1",
                                  "X-Amz-Target": f"Logs_20140328.{operation}"}, json.dumps(body))

    def objects(self):
        return urllib.request.urlopen(f"{self.endpoint}/{BUCKET}?list-type=2", timeout=TIMEOUT).read().decode()

    def test_life_of_a_stack(self):
        dry = self.deploy("--dry-run")
        self.assertIn("would upload 1 of 1 files", dry.err)
        self.assertIn("would create chat-dev", dry.err)
        self.run_wsdeep("status", "--stack", "chat-dev", code=4)

        created = self.deploy()
        self.assertIn("bucket    made " + BUCKET, created.err)
        self.assertIn("upload    1 of 1 files", created.err)
        self.assertIn("CREATE_COMPLETE", created.err)
        [package] = glob.glob(os.path.join(self.folder, "build", "package", "default-*.zip"))
        self.assertIn(f"packages/{os.path.basename(package)}", self.objects())

        again = self.deploy()
        self.assertIn("upload    nothing", again.err)
        self.assertIn("there is nothing to deploy", again.err)
        self.deploy("--fail-on-no-changes", code=5)

        diff = self.run_wsdeep("diff", "--stack", "chat-dev", "--template", "template.yaml", "--parameters",
                               "QueueName=second", "--exit-code", code=1)
        self.assertEqual(diff.out, "parameters\n      QueueName: first → second\n")
        updated = self.deploy("--parameters", "QueueName=second", "--tags", "team=chat")
        self.assertIn("UPDATE_COMPLETE", updated.err)
        self.assertNotIn("warning: old packages stay", created.err + updated.err)

        status = json.loads(self.run_wsdeep("status", "--stack", "chat-dev", "--output", "json").out)
        self.assertEqual((status["stack"], status["status"]), ("chat-dev", "UPDATE_COMPLETE"))
        self.check_logs()
        self.check_destroy()

    def check_logs(self):
        group, now = "/aws/lambda/chat-dev-message", int(time.time() * 1000)
        self.logs("CreateLogStream", logGroupName=group, logStreamName="one")
        self.logs("CreateLogStream", logGroupName=group, logStreamName="two")
        self.logs("PutLogEvents", logGroupName=group, logStreamName="one",
                  logEvents=[{"timestamp": now - 3000, "message": "first"}, {"timestamp": now - 1000, "message": "third"}])
        self.logs("PutLogEvents", logGroupName=group, logStreamName="two",
                  logEvents=[{"timestamp": now - 2000, "message": "second"}])
        lines = self.run_wsdeep("logs", "--stack", "chat-dev", "--function", "message").out.splitlines()
        self.assertEqual([line.split()[-1] for line in lines], ["first", "second", "third"])
        self.run_wsdeep("logs", "--stack", "chat-dev", "--function", "nobody", code=4)

    def check_destroy(self):
        self.run_wsdeep("destroy", "--stack", "chat-dev", "--confirm", "other", code=2)
        gone = self.run_wsdeep("destroy", "--stack", "chat-dev", "--confirm", "chat-dev",
                               "--poll-interval", "50ms")
        self.assertIn("= ChatsTable", gone.err)
        self.assertIn("chat-dev is deleted", gone.err)
        self.run_wsdeep("status", "--stack", "chat-dev", code=4)
        with self.assertRaises(urllib.error.HTTPError):
            self.objects()

    def test_several_environments_in_one_call(self):
        with open(os.path.join(self.folder, "wsdeep.yaml"), "w", encoding="utf-8") as file:
            file.write(SETTINGS)
        with open(os.path.join(self.folder, "two.yaml"), "w", encoding="utf-8") as file:
            file.write("Resources: {Queue: {Type: 'AWS::SQS::Queue'}}\n")
        both = lambda *more, code=0: self.run_wsdeep("deploy", "-e", "dev", "-e", "staging", "--template",
                                                     "two.yaml", "--yes", "--poll-interval", "50ms", "--no-lint",
                                                     *more, code=code)
        planned = both("--dry-run")
        self.assertIn("plan of dev\n", planned.err)
        self.assertIn("would create two-staging\n", planned.err)
        self.run_wsdeep("status", "-e", "dev", code=4)

        deployed = both()
        self.assertLess(deployed.err.index("would create two-staging"), deployed.err.index("two-dev is deployed"))
        self.assertTrue(deployed.err.endswith("\ndev      deployed\nstaging  deployed\n"), deployed.err)
        policy = lambda stack: self.call("cloudformation", {"Content-Type": "application/x-www-form-urlencoded"},
                                         f"Action=GetStackPolicy&Version=2010-05-15&StackName={stack}")
        self.assertIn("Update:Replace", policy("two-staging"))
        self.assertNotIn("Update:", policy("two-dev"))
        plan = json.loads(self.run_wsdeep("diff", "-e", "dev", "--template", "two.yaml", "--output", "json").out)
        self.assertEqual((plan["differs"], plan["stacks"][0]["summary"]), (False, "no resource changes"))
        again = both("--fail-on-no-changes", code=5)
        self.assertIn("dev      up to date\nstaging  up to date\n", again.err)

        refused = self.run_wsdeep("deploy", "-e", "dev", "-e", "stagin", "--template", "two.yaml", "--yes",
                                  "--no-lint", "--tags", "a=b", code=2)
        self.assertTrue(refused.err.endswith("wsdeep: error: stagin: no environment 'stagin', did you mean 'staging'?\n"
                                             "environments in the settings: dev, staging; no environment was changed\n"),
                        refused.err)

    def test_outputs(self):
        template = "Resources: {Q: {Type: 'AWS::SQS::Queue'}}\nOutputs: {WebSocketUrl: {Value: \"wss://it's\"}}"
        form = {"Action": "CreateStack", "Version": "2010-05-15", "StackName": "other", "TemplateBody": template}
        self.call("cloudformation", {"Content-Type": "application/x-www-form-urlencoded"}, urllib.parse.urlencode(form))
        outputs = lambda *more: self.run_wsdeep("outputs", "--stack", "other", *more).out
        self.assertEqual(outputs(), "WebSocketUrl  wss://it's\n")
        self.assertEqual(json.loads(outputs("--output", "json")), {"WebSocketUrl": "wss://it's"})
        self.assertEqual(outputs("--env"), "export WEB_SOCKET_URL='wss://it'\\''s'\n")
        self.assertEqual(outputs("WebSocketUrl"), "wss://it's\n")
        self.run_wsdeep("outputs", "--stack", "other", "WebSocketUri", code=4)

    def test_production_is_protected(self):
        form = {"Action": "CreateStack", "Version": "2010-05-15", "StackName": "chat-production",
                "TemplateBody": "Resources: {Q: {Type: 'AWS::SQS::Queue'}}"}
        self.call("cloudformation", {"Content-Type": "application/x-www-form-urlencoded"}, urllib.parse.urlencode(form))
        refused = self.run_wsdeep("destroy", "--stack", "chat-production", "--confirm", "chat-production", code=3)
        self.assertIn("add --production", refused.err)


if __name__ == "__main__":
    unittest.main()
