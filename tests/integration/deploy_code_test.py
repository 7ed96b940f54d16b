"""`wsdeep deploy --code`: functions updated past their stack, by moto's Lambda; what moto has no word for is answered by a
server in front of it."""

import base64
import glob
import hashlib
import io
import json
import os
import shutil
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import BIN, TIMEOUT, WSDEEP, Run, eventually
from moto import MotoServer, needs_moto
from serving import serve

# moto's CloudFormation makes neither versions nor aliases: `message` gets those of a canary by Lambda's own API, and `connect`
# has none. A SAM function is left out.
TEMPLATE = """AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  QueueName: {Type: String, Default: first}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
  MessageFunction:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: NAME-message, Runtime: provided.al2023, Handler: bootstrap, Role: !GetAtt Role.Arn,
                 Code: {S3Bucket: first, S3Key: first.zip}}
  ConnectFunction:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: NAME-connect, Runtime: provided.al2023, Handler: bootstrap, Role: !GetAtt Role.Arn,
                 Code: {S3Bucket: first, S3Key: first.zip}}
  Failed:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub "NAME-${QueueName}"}
"""
SHIFTED = """  ShiftedFunction:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Handler: bootstrap
      CodeUri: s3://first/first.zip
      AutoPublishAlias: live
      DeploymentPreference:
        Type: AllAtOnce
"""


def first_zip():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("bootstrap", "#!/bin/sh\n")
    return content.getvalue()


class InFront:
    """Hands requests on to moto, but for those to which `instead` has an answer: what the request's method and path, or its
    body, hold → documents, one for each request as long as they last; a text as it is, all else as JSON."""

    def __init__(self, test, behind, instead):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                said = f"{self.command} {self.path}\n".encode() + body
                answers = next((found for part, found in instead.items() if part.encode() in said), None)
                status, headers, data = (200, {}, self.text(answers.pop(0))) if answers else self.hand_on(body)
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            @staticmethod
            def text(answer):
                return (answer if isinstance(answer, str) else json.dumps(answer)).encode()

            def hand_on(self, body):
                headers = {name: value for name, value in self.headers.items()
                           if name.lower() not in ("host", "content-length", "expect")}
                headers.setdefault("Content-Type", "application/octet-stream")  # else urllib would call it a form
                request = urllib.request.Request(behind + self.path, data=body or None, method=self.command, headers=headers)
                try:
                    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                        return answer.status, dict(answer.headers), answer.read()
                except urllib.error.HTTPError as error:
                    return error.code, dict(error.headers), error.read()

            do_HEAD = do_GET = do_PUT = do_POST = handle_any

            def log_message(self, *words):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_port}"
        serve(server)
        test.addCleanup(server.server_close)
        test.addCleanup(server.shutdown)


@needs_moto
class Code(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.moto = MotoServer()
        cls.addClassCleanup(cls.moto.stop)
        cls.lambdas = cls.moto.client("lambda")
        s3 = cls.moto.client("s3")
        s3.create_bucket(Bucket="first")
        s3.put_object(Bucket="first", Key="first.zip", Body=first_zip())

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wsdeep-code-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.programs = os.path.join(self.folder, "bin")
        os.mkdir(self.programs)
        for name in ("wsdeep-message", "wsdeep-connect"):
            shutil.copy(os.path.join(BIN, name), self.programs)
        self.endpoint = self.moto.url

    def stack(self, name, template=TEMPLATE):
        template = template.replace("NAME", name)
        client = self.moto.client("cloudformation")
        client.create_stack(StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_IAM"])
        self.addCleanup(client.delete_stack, StackName=name)
        with open(os.path.join(self.folder, "template.yaml"), "w", encoding="utf-8") as file:
            file.write(template)
        return name

    def with_alias(self, stack):
        """As CloudFormation makes them for a function with a canary: a version, and the alias that names it."""
        function = f"{stack}-message"
        version = self.lambdas.publish_version(FunctionName=function)["Version"]
        self.lambdas.create_alias(FunctionName=function, Name="live", FunctionVersion=version)
        return version

    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": self.folder, "AWS_ENDPOINT_URL": self.endpoint,
                "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}

    def run_wsdeep(self, *words, code=0):
        done = Run(subprocess.run([WSDEEP, *words, "--binaries", self.programs], cwd=self.folder, env=self.environment(),
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT))
        self.assertEqual(done.code, code, done)
        return done

    def code(self, stack, *words, code=0):
        return self.run_wsdeep("deploy", "--stack", stack, "--code", *words, code=code)

    def hash_of(self, stack, function):
        return self.lambdas.get_function_configuration(FunctionName=f"{stack}-{function}")["CodeSha256"]

    def package_hash(self, function):
        newest = max(glob.glob(os.path.join(self.folder, "build", "package", f"{function}-*.zip")), key=os.path.getmtime)
        with open(newest, "rb") as file:
            return base64.b64encode(hashlib.sha256(file.read()).digest()).decode()

    def alias(self, stack):
        return self.lambdas.get_alias(FunctionName=f"{stack}-message", Name="live")["FunctionVersion"]

    def change(self, program="wsdeep-message"):
        """Another build of a program, put in its place as a linker does it."""
        path = os.path.join(self.programs, program)
        with open(path, "rb") as file:
            content = file.read()
        with open(path + ".new", "wb") as file:
            file.write(content + b"another build")
        os.chmod(path + ".new", 0o755)
        os.rename(path + ".new", path)

    def test_gives_functions_the_code_that_was_built(self):
        stack = self.stack("chat-dev")
        self.assertEqual(self.with_alias(stack), "1")
        before = self.hash_of(stack, "connect")
        said = self.code(stack, "message")
        self.assertEqual(self.hash_of(stack, "message"), self.package_hash("message"))
        self.assertEqual(self.hash_of(stack, "connect"), before, "another function was touched")
        self.assertIn("code      message runs the new code, as version 2 in place of 1\n", said.err)
        self.assertIn("the stack 'chat-dev' does not know of this code, and no drift detection shows it", said.err)
        self.assertEqual(self.alias(stack), "2")

        said = self.code(stack)
        self.assertIn("code      message runs this code already\n", said.err)
        self.assertIn("code      connect runs the new code\n", said.err)
        self.assertEqual(self.hash_of(stack, "connect"), self.package_hash("connect"))
        said = self.code(stack)
        self.assertNotIn("does not know", said.err)

    def test_waits_until_lambda_has_done_it_and_tells_why_it_has_not(self):
        stack = self.stack("chat-slow")
        going, idle = {"LastUpdateStatus": "InProgress"}, {"LastUpdateStatus": "Successful", "CodeSha256": "other"}
        failed = {"LastUpdateStatus": "Failed", "LastUpdateStatusReason": "The zip has no bootstrap.\x1b[2J"}
        answers = [going, idle, going, going, failed]
        self.endpoint = InFront(self, self.moto.url, {"/configuration\n": answers}).url
        said = self.code(stack, "connect", code=1)
        self.assertIn("wsdeep: error: chat-slow-connect does not take the new code: The zip has no bootstrap.", said.err)
        self.assertIn("the function goes on with the code that it had", said.err)
        self.assertNotIn("\x1b", said.err)
        self.assertEqual(answers, [])

    def test_refuses_production_unless_it_is_named(self):
        stack = self.stack("chat-prod")
        before = self.hash_of(stack, "connect")
        said = self.code(stack, code=3)
        self.assertIn("'chat-prod' is a production stack: --code would change what its users run at once", said.err)
        self.assertIn("add --code-in-production chat-prod", said.err)
        self.assertEqual(self.hash_of(stack, "connect"), before)
        said = self.code(stack, "--code-in-production", "chat-dev", code=2)
        self.assertIn("--code-in-production names 'chat-dev', and the stack is 'chat-prod'", said.err)
        self.code(stack, "connect", "--code-in-production", "chat-prod")
        self.assertEqual(self.hash_of(stack, "connect"), self.package_hash("connect"))

    def test_says_what_it_cannot_mean(self):
        stack = self.stack("chat-words")
        for words, expected in (
                (("--code", "mesage"), "the stack has no function 'mesage', did you mean 'message'?"),
                (("--code", "mesage", "--watch"), "the stack has no function 'mesage', did you mean 'message'?"),
                (("--code", "--template", "template.yaml"), "--code changes nothing but code"),
                (("--watch",), "--watch goes only with --code"),
                (("message",), "functions are named only with --code"),
                (("--code-in-production", stack), "--code-in-production goes only with --code")):
            said = self.run_wsdeep("deploy", "--stack", stack, *words, code=2)
            self.assertIn("wsdeep: error: " + expected, said.err, words)
        said = self.run_wsdeep("deploy", "--stack", "chat-none", "--code", code=4)
        self.assertIn("there is no stack 'chat-none' in us-east-1", said.err)

    def watch(self, stack, *functions):
        """Starts `--watch`; it, and whether it has said some words so often."""
        log = os.path.join(self.folder, "log")
        with open(log, "wb") as file:
            words = [WSDEEP, "deploy", "--stack", stack, "--code", *functions, "--watch", "--binaries", self.programs]
            watch = subprocess.Popen(words, cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL, stderr=file)
        self.addCleanup(watch.wait)
        self.addCleanup(watch.kill)

        def said(words, times):
            with open(log, encoding="utf-8") as file:
                return file.read().count(words) == times

        return watch, said

    def test_watches_the_programs_of_the_stacks_functions_and_no_other(self):
        watch, said = self.watch(self.stack("chat-watch-all"))
        eventually(lambda: said("watching", 1), TIMEOUT)
        self.assertTrue(said(f"watching  {self.programs} for new builds of message, connect; Ctrl-C ends\n", 1))
        watch.send_signal(2)
        self.assertEqual(watch.wait(TIMEOUT), 130)

    def test_updates_again_at_each_new_build(self):
        stack = self.stack("chat-watch")
        watch, said = self.watch(stack, "message")
        eventually(lambda: said("watching", 1), TIMEOUT)
        first = self.hash_of(stack, "message")
        self.change("wsdeep-connect")  # not asked for
        self.change()
        eventually(lambda: said("watching", 2), TIMEOUT)
        self.assertTrue(said("message runs the new code", 2))
        self.assertNotEqual(self.hash_of(stack, "message"), first)

        with open(os.path.join(self.programs, "wsdeep-message"), "wb") as file:
            file.write(b"half a program")
        eventually(lambda: said("watching", 3), TIMEOUT)
        self.assertTrue(said("not updated: cannot package", 1))
        shutil.copy(os.path.join(BIN, "wsdeep-message"), self.programs)
        eventually(lambda: said("watching", 4), TIMEOUT)
        self.assertEqual(self.hash_of(stack, "message"), first)
        watch.send_signal(2)
        self.assertEqual(watch.wait(TIMEOUT), 130)

    def test_a_deployment_begins_its_canary_from_what_the_stack_knows(self):
        stack = self.stack("chat-stage", TEMPLATE + SHIFTED)
        self.with_alias(stack)
        self.code(stack, "message")
        self.assertEqual(self.alias(stack), "2")
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:{stack}-message"
        resources = "".join(
            f"<member><LogicalResourceId>{name}</LogicalResourceId><PhysicalResourceId>{arn}:{qualifier}</PhysicalResourceId>"
            f"<ResourceType>AWS::Lambda::{kind}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
            for name, kind, qualifier in (("MessageFunctionVersion1", "Version", "1"),
                                          ("MessageFunctionAliaslive", "Alias", "live")))
        listed = ("<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>"
                  f"{resources}</StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>")
        self.endpoint = InFront(self, self.moto.url, {"Action=ListStackResources": [listed] * 9}).url
        said = self.run_wsdeep("deploy", "--stack", stack, "--template", "template.yaml", "--yes", "--no-lint",
                               "--poll-interval", "50ms", "--parameters", "QueueName=second")
        self.assertIn("alias     chat-stage-message is at version 1 again, not 2 (deploy --code): the canary begins there\n",
                      said.err)
        self.assertEqual(self.alias(stack), "1")


SERVICE = """Resources:
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  VpcId: {Value: vpc-0123456789abcdef0}
  PrivateSubnetIds: {Value: "subnet-0123456789abcdef0,subnet-0123456789abcdef1"}
  LoadBalancerSecurityGroupId: {Value: sg-0123456789abcdef0}
  NodeSecurityGroupId: {Value: sg-0123456789abcdef1}
"""
SETTINGS = os.path.join(os.path.dirname(__file__), "..", "golden", "stack", "template", "minimal", "wsdeep.yaml")


@needs_moto
class NodePin(unittest.TestCase):
    """`llm.node_package`: a package of the node that no build replaces."""

    @classmethod
    def setUpClass(cls):
        cls.moto = MotoServer()
        cls.addClassCleanup(cls.moto.stop)
        cls.moto.client("cloudformation").create_stack(StackName="chat-dev", TemplateBody=SERVICE)
        cls.folder = tempfile.mkdtemp(prefix="wsdeep-pin-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def deploy(self, pin, code=0):
        with open(SETTINGS, encoding="utf-8") as file:
            settings = file.read()
        self.assertIn("\nllm:\n", settings)
        with open(os.path.join(self.folder, "wsdeep.yaml"), "w", encoding="utf-8") as file:
            file.write(settings.replace("\nllm:\n", f"\nllm:\n  node_package: {pin}\n" if pin else "\nllm:\n"))
        environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "AWS_ENDPOINT_URL": self.moto.url,
                       "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        words = [WSDEEP, "deploy", "-e", "dev", "--fleet", "--dry-run", "--no-lint", "--no-preflight"]
        done = Run(subprocess.run(words, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=TIMEOUT))
        self.assertEqual(done.code, code, done)
        return done

    def test_is_told_when_this_build_would_make_another_one(self):
        said = self.deploy("packages/node-old.zip", code=4)
        self.assertRegex(said.err, r"llm\.node_package: there is no s3://wsdeep-chat-dev-\d+-us-east-1/packages/node-old\.zip, "
                                   "and no node could start\n")
        s3 = self.moto.client("s3")
        s3.create_bucket(Bucket="images")
        s3.put_object(Bucket="images", Key="nodes/node-old.zip", Body=b"zip")
        said = " ".join(self.deploy("s3://images/nodes/node-old.zip").err.split())
        self.assertRegex(said, r"node llm\.node_package pins nodes/node-old\.zip, and this build would make "
                               r"packages/node-[0-9a-f]{64}\.zip, which replaces the nodes")
        [built] = glob.glob(os.path.join(self.folder, "build", "package", "node-*.zip"))
        said = self.deploy("packages/" + os.path.basename(built))
        self.assertNotIn("pins", said.err)
        self.assertIn("would upload 1 of 1 files", said.err)
        self.assertNotIn("pins", self.deploy("").err)


if __name__ == "__main__":
    unittest.main()
