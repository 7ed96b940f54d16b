"""`wsdeep preflight`: check × how it is played × words, as tests/golden/preflight/checks.txt has it. Every situation is an
account in which all is well but for what the situation says (tests/fakes/account_model.py). What is to be read in the
table: that the words say what is wrong, what comes of it and what to do, and that nothing is an error that is none."""

import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from http.server import ThreadingHTTPServer

from harness import TIMEOUT, WSDEEP
from serving import serve

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
TABLE = os.path.join(TESTS, "golden", "preflight", "checks.txt")
sys.path.insert(0, os.path.join(TESTS, "fakes"))

from account_model import SUBNETS, VPC, Account  # noqa: E402
from scripted_cloudformation import Handler  # noqa: E402

ACCOUNT, OTHER = "123456789012", "210987654321"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/11111111-2222-3333-4444-555555555555"
REWRITE = os.environ.get("WSDEEP_REWRITE_GOLDEN") == "1"
DENIED = (400, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/alice is not authorized")

SETTINGS = """project: chat
environments:
  dev:
    region: us-east-1
    account: "123456789012"
llm:
  domain: llm.example.com
  certificate: CERTIFICATE
  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B
  instance_types: [g5.xlarge]
allowed_origins: [https://app.example.com]
""".replace("CERTIFICATE", CERTIFICATE)
EXISTING = f"network: {{mode: existing, vpc: {VPC}, subnets: [{', '.join(SUBNETS)}]}}\n"
SSM = "network: {mode: ssm, vpc: /net/vpc, subnets: [/net/subnets]}\n"
GOOGLE = """auth:
  hosted_ui_prefix: chat
  callback_urls: [https://app.example.com/callback]
  google: {client_id: 12-abc.apps.googleusercontent.com, client_secret: SECRET}
"""
EXCHANGE = """auth:
  user_pool: us-east-1_AbC123xyz
  client_ids: [client]
  exchange: {url: https://app.example.com, redirect_urls: [https://app.example.com/], hosted_ui: https://login.example.com,
             client_secret: chat/client, logout_urls: [https://app.example.com/]}
"""
BACKEND = "backend: {url: https://labs.example.com, signing_secret: labs/backend}\n"
BEDROCK = re.sub(r"(?s)llm:\n.*?(?=^\w)", "llm: {engine: bedrock, model: MODEL}\n", SETTINGS, flags=re.M)
R1 = "deepseek.r1-v1:0"
ECR = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/vllm:v1"


def llm(**changes):
    """The settings with other values below `llm`."""
    text = SETTINGS
    for name, value in changes.items():
        text = re.sub(rf"(?m)^  {name}: .*\n", "", text)
        text = text.replace("llm:\n", f"llm:\n  {name}: {value}\n")
    return text


def with_account(text):
    return SETTINGS.replace(f'"{ACCOUNT}"', f'"{text}"')


# situation → settings, and what is true in the account
SITUATIONS = {
    "all is well": (SETTINGS, {}),
    "all is well in a network that is there": (SETTINGS + EXISTING, {}),
    "all is well in a network by parameters": (
        SETTINGS + SSM, {"parameters": {"/net/vpc": VPC, "/net/subnets": ",".join(SUBNETS)}}),
    "all is well with all that there can be": (
        llm(image=ECR, model_source="s3://models/r1") + GOOGLE.replace("SECRET", "chat/google")
        + "limits: {generate_concurrency: 50}\n",
        {"images": {"vllm:v1": 9_800_000_000}, "objects": {"models": [("r1/a", 15_000_000_000)]},
         "secrets": {"chat/google": False}, "buckets": {f"wsdeep-chat-dev-{ACCOUNT}-us-east-1": 200}}),
    "the credentials are of another account": (with_account(OTHER), {}),
    "no account is said": (SETTINGS.replace('    account: "123456789012"\n', ""), {}),
    "the settings hold placeholders": (
        SETTINGS.replace("11111111-2222-3333-4444-555555555555", "00000000-0000-0000-0000-000000000000"), {}),
    "the certificate is of another account": (SETTINGS.replace(f"us-east-1:{ACCOUNT}", f"us-east-1:{OTHER}"),
                                              {"certificates": {"*": None}}),
    "the secret is of another account": (
        SETTINGS + GOOGLE.replace("SECRET", f"arn:aws:secretsmanager:us-east-1:{OTHER}:secret:google-AbCdEf"),
        {"secrets": {f"arn:aws:secretsmanager:us-east-1:{OTHER}:secret:google-AbCdEf": False}}),
    "the secret is in another region": (
        SETTINGS + GOOGLE.replace("SECRET", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:google-AbCdEf"),
        {"secrets": {f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:google-AbCdEf": False}}),
    "the image is of another account": (llm(image=ECR.replace(ACCOUNT, OTHER)), {"images": {"vllm:v1": 9_800_000_000}}),
    "there is no such certificate": (SETTINGS, {"certificates": {"*": None}}),
    "the certificate waits for validation": (SETTINGS, {"certificates": {"*": {"Status": "PENDING_VALIDATION"}}}),
    "the certificate failed": (
        SETTINGS, {"certificates": {"*": {"Status": "FAILED", "FailureReason": "CAA_ERROR"}}}),
    "the certificate covers another name": (
        SETTINGS, {"certificates": {"*": {"SubjectAlternativeNames": ["example.com", "*.dev.example.com"]}}}),
    "the certificate has expired": (SETTINGS, {"certificates": {"*": {"NotAfter": 1.5e9}}}),
    "the certificate ends soon and is not renewed": (
        SETTINGS, {"certificates": {"*": {"NotAfter": "SOON", "RenewalEligibility": "INELIGIBLE"}}}),
    "certificates may not be looked at": (SETTINGS, {"refuse": {"DescribeCertificate": DENIED}}),
    "the instance type is offered in neither zone": (SETTINGS, {"offered": {"g5.xlarge": ["us-east-1c"]}}),
    "the instance type is offered in one of two zones": (SETTINGS, {"offered": {"g5.xlarge": ["us-east-1a"]}}),
    "the instance type is not in the region": (SETTINGS, {"vcpus": {}, "offered": {}}),
    "one of two instance types is not in the region": (
        llm(instance_types="[g5.xlarge, g6.xlarge]"), {"vcpus": {"g5.xlarge": 4}}),
    "the GPU quota is nothing": (SETTINGS, {"quotas": {"L-DB2E81BA": ("Running On-Demand G and VT instances", 0)}}),
    "the GPU quota was never changed": (SETTINGS, {"quotas": {"L-DB2E81BA": "Running On-Demand G and VT instances"}}),
    "the GPU quota is for fewer nodes than the fleet may have": (llm(max=20), {}),
    "others use the GPU quota": (SETTINGS, {"running": [("g6.12xlarge", 24, "", "other"), ("g4dn.xlarge", 6, "", "other"),
                                                       ("g5.xlarge", 2, "spot", "other")]}),
    "the fleet's own nodes use the GPU quota": (
        SETTINGS, {"running": [("g6.12xlarge", 24, "", "chat-dev-fleet"), ("g6.xlarge", 2, "", "chat-dev")]}),
    "the quota for Spot is too small": (
        llm(capacity="spot", max=4, on_demand_base=1), {"quotas": {
            "L-DB2E81BA": ("Running On-Demand G and VT instances", 8), "L-3819A6DF": ("All G and VT Spot Instance Requests", 8)}}),
    "P5 by Spot": (llm(capacity="spot", instance_types="[p5.48xlarge]", max=1, model="deepseek-ai/DeepSeek-R1-Distill-Qwen-32B"), {}),
    "the quotas may not be looked at": (
        SETTINGS, {"refuse": {"GetServiceQuota": DENIED, "DescribeInstances": (403, "UnauthorizedOperation", "You are not "
                                                                              "authorized to perform this operation.")}}),
    "Lambda runs ten functions": (SETTINGS, {"concurrency": 10, "unreserved": 10}),
    "the reservation leaves too little": (SETTINGS + "limits: {generate_concurrency: 950}\n", {}),
    "the reservation is the function's own already": (
        SETTINGS + "limits: {generate_concurrency: 500}\n",
        {"unreserved": 500, "reserved": 500, "stacks": {"chat-dev": []}}),
    "the reservations of answers and of REST chat leave too little": (
        SETTINGS + "limits: {generate_concurrency: 800}\nrest_chat: {concurrency: 200}\n", {}),
    "the reservation of REST chat is its own already": (
        SETTINGS + "rest_chat: {concurrency: 300}\n",
        {"unreserved": 700, "reserved": 300, "outputs": False,
         "stacks": {"chat-dev": [("RestChatFunction", "rest-chat-1", "AWS::Lambda::Function")]}}),
    "nothing can be reserved": (SETTINGS + "limits: {generate_concurrency: 5}\n", {"concurrency": 10, "unreserved": 10}),
    "API Gateway has somebody's log role": (SETTINGS, {"log_role": f"arn:aws:iam::{ACCOUNT}:role/central/api-logs"}),
    "API Gateway has our log role": (
        SETTINGS, {"log_role": f"arn:aws:iam::{ACCOUNT}:role/chat-dev-ApiGatewayLoggingRole-1",
                   "stacks": {"chat-dev": [("ApiGatewayLoggingRole", "chat-dev-ApiGatewayLoggingRole-1", "AWS::IAM::Role")]}}),
    "API Gateway has no log role, and is to have none": (SETTINGS + "api_gateway_logging_role: false\n", {}),
    "API Gateway has the log role that is to stay": (
        SETTINGS + "api_gateway_logging_role: false\n", {"log_role": f"arn:aws:iam::{ACCOUNT}:role/api-logs"}),
    "the bucket is somebody else's": (SETTINGS, {"buckets": {f"wsdeep-chat-dev-{ACCOUNT}-us-east-1": 403}}),
    "the image is not in ECR": (llm(image=ECR), {"images": {}}),
    "the image is not in its registry": (llm(image="REGISTRY/team/vllm:v2"), {}),
    "the image is in its registry": (llm(image="REGISTRY/team/vllm:v1"), {}),
    "the image's registry gives everybody a token": (llm(image="REGISTRY/token/vllm:v1"), {}),
    "the image's registry wants a password": (llm(image="REGISTRY/private/vllm:v1"), {}),
    "the model is not there": (llm(model_source="s3://models/r1"), {"objects": {"models": []}}),
    "the model's bucket is not there": (llm(model_source="s3://models/r1"), {"objects": {}}),
    "the model is too large for the disk": (
        llm(model_source="s3://models/r1"), {"objects": {"models": [("r1/a", 400_000_000_000), ("r1/b", 12_000_000_000)]}}),
    "there is no such secret": (SETTINGS + GOOGLE.replace("SECRET", "chat/google"), {"secrets": {}}),
    "the secret is being deleted": (SETTINGS + GOOGLE.replace("SECRET", "chat/google"), {"secrets": {"chat/google": True}}),
    "there is no secret of the app client": (SETTINGS + EXCHANGE, {"secrets": {}}),
    "there is no secret of the backend": (SETTINGS + BACKEND, {"secrets": {}}),
    "the secret of the backend is being deleted": (SETTINGS + BACKEND, {"secrets": {"labs/backend": True}}),
    "the secret of the backend is there": (SETTINGS + BACKEND, {"secrets": {"labs/backend": False}}),
    "there is no secret of REST chat's tokens": (SETTINGS + "rest_chat: {hs256_secret: chat/jwt}\n", {"secrets": {}}),
    "Amazon Bedrock's model may be used": (BEDROCK.replace("MODEL", R1), {}),
    "Amazon Bedrock has no such model": (BEDROCK.replace("MODEL", "us." + R1), {"models": {}}),
    "Amazon Bedrock's model is not for this account": (
        BEDROCK.replace("MODEL", R1), {"models": {R1: {"authorizationStatus": "NOT_AUTHORIZED"}}}),
    "Amazon Bedrock's model is not in the region": (
        BEDROCK.replace("MODEL", R1), {"models": {R1: {"regionAvailability": "NOT_AVAILABLE"}}}),
    "Amazon Bedrock's model is asked in another region by a profile": (
        BEDROCK.replace("MODEL", "us." + R1), {"models": {R1: {"regionAvailability": "NOT_AVAILABLE"}}}),
    "nobody has agreed to the terms of Amazon Bedrock's model": (
        BEDROCK.replace("MODEL", R1), {"models": {R1: {"agreementAvailability": {"status": "NOT_AVAILABLE"},
                                                       "entitlementAvailability": "NOT_AVAILABLE"}}}),
    "the agreement about Amazon Bedrock's model has failed": (
        BEDROCK.replace("MODEL", R1), {"models": {R1: {"agreementAvailability": {
            "status": "ERROR", "errorMessage": "A payment method is missing."}}}}),
    "Amazon Bedrock's models may not be looked at": (
        BEDROCK.replace("MODEL", R1), {"refuse": {"GetFoundationModelAvailability": (403, *DENIED[1:])}}),
    "a parameter of the network is missing": (SETTINGS + SSM, {"parameters": {"/net/vpc": VPC}}),
    "a subnet is missing": (SETTINGS + EXISTING, {"subnets": {"subnet-0123456789abcdef0": (VPC, "us-east-1a", 4000)}}),
    "a subnet is of another VPC": (
        SETTINGS + EXISTING, {"subnets": {**SUBNETS, "subnet-0123456789abcdef1": ("vpc-other", "us-east-1b", 4000)}}),
    "the subnets are in one zone": (
        SETTINGS + EXISTING, {"subnets": {name: (VPC, "us-east-1a", 4000) for name in SUBNETS}}),
    "a subnet has no room for a load balancer": (
        SETTINGS + EXISTING, {"subnets": {**SUBNETS, "subnet-0123456789abcdef1": (VPC, "us-east-1b", 3)}}),
    "a subnet has little room": (
        SETTINGS + EXISTING, {"subnets": {**SUBNETS, "subnet-0123456789abcdef1": (VPC, "us-east-1b", 9)}}),
    "the VPC has a zone of that name": (
        SETTINGS + EXISTING, {"private_zones": [("Z1", "llm.example.com.", OTHER), ("Z2", "example.com.", ACCOUNT)]}),
    "the VPC has our zone": (
        SETTINGS + EXISTING, {"private_zones": [("Z1", "llm.example.com.", ACCOUNT)],
                              "stacks": {"chat-dev-fleet": [("LlmZone", "Z1", "AWS::Route53::HostedZone")]}}),
    "an endpoint takes the names of execute-api": (
        SETTINGS + EXISTING, {"endpoints": [("vpce-1", "false"), ("vpce-2", "true")]}),
    "other networks have the same addresses": (
        SETTINGS, {"vpcs": [("vpc-1", "10.40.128.0/20", "other"), ("vpc-2", "10.41.0.0/16", ""), ("vpc-3", "10.40.0.0/16", "chat-dev")],
                   "peerings": [("pcx-1", "10.0.0.0/8", "172.16.0.0/16"), ("pcx-2", "10.50.0.0/16", "192.168.0.0/16")]}),
    "nothing may be looked at": (
        SETTINGS + EXISTING, {"refuse": {action: (403, *DENIED[1:]) for action in (
            "DescribeCertificate", "GetServiceQuota", "GetAccountSettings", "GetAccount", "HeadBucket", "DescribeStacks",
            "ListHostedZonesByVPC", "DescribeInstanceTypes", "DescribeInstanceTypeOfferings", "DescribeInstances",
            "DescribeSubnets", "DescribeVpcEndpoints")}}),
    "the answers are a proxy's": (SETTINGS, {"refuse": {"GetAccountSettings": (502, "Bad Gateway", "")}}),
}


class AwsHandler(Handler):
    """The account; and a registry, at the same address."""

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path.startswith(("/v2/", "/token?")):
            status, headers, answer = self.registry()
        else:
            status, headers, answer = self.server.account.respond(self.parameters(body))
        data = answer.encode()
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)
        except OSError:
            self.close_connection = True

    do_HEAD = do_GET = do_PUT = do_POST = do_DELETE = handle_any

    def registry(self):
        if self.path.startswith("/token?"):
            self.server.account.calls.append("token")
            return 200, {}, '{"token": "abc"}'
        realm = f'http://127.0.0.1:{self.server.server_port}/token",service="registry'
        if "/token/" in self.path and self.headers.get("Authorization") != "Bearer abc":
            return 401, {"WWW-Authenticate": f'Bearer realm="{realm}"'}, ""
        if "/private/" in self.path:
            return 401, {"WWW-Authenticate": 'Basic realm="x"'}, ""
        return (200 if self.path.endswith("/manifests/v1") else 404), {}, ""


class Played:
    """The account's server while the `with` block lasts."""

    def __init__(self, account):
        self.account = account

    def __enter__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), AwsHandler)
        self.server.daemon_threads = True
        self.server.account = self.account
        self.server.handle_error = lambda *_: None
        self.thread = serve(self.server)
        return self

    def __exit__(self, *_):
        self.account.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def run(self, settings, *arguments, **environment):
        port = str(self.server.server_port)
        with tempfile.TemporaryDirectory() as home:
            with open(os.path.join(home, "wsdeep.yaml"), "w", encoding="utf-8") as file:
                file.write(settings.replace("REGISTRY", f"127.0.0.1:{port}"))
            done = subprocess.run(
                [WSDEEP, *arguments], cwd=home, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT,
                env={"PATH": "/usr/bin:/bin", "HOME": home, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                     "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", **environment})
        return done.returncode, done.stdout.replace(port, "PORT"), done.stderr.replace(port, "PORT")


def account_of(changes):
    changes = json.loads(json.dumps(changes).replace('"SOON"', str(time.time() + 864_000)))
    if "refuse" in changes:
        changes["refuse"] = {name: tuple(row) for name, row in changes["refuse"].items()}
    return Account(**changes)


def without_days(text):
    """The day of a certificate that ends soon is another one each day."""
    return re.sub(r"ends on \d{4}-\d\d-\d\d", "ends on DAY", text)


class Preflight(unittest.TestCase):
    maxDiff = None

    def told(self, name):
        """What is printed in a situation, without what is printed in every one."""
        settings, changes = SITUATIONS[name]
        with Played(account_of(changes)) as played:
            code, out, err = played.run(settings, "preflight")
        self.assertEqual(played.account.problems, [], name)
        return f"== {name}\n{without_days(out)}{err}exit {code}\n"

    def test_every_situation_is_told_in_its_words(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            blocks = list(pool.map(self.told, SITUATIONS))
        well = set(blocks[0].splitlines())
        shown = blocks[:1] + ["\n".join(line for line in block.splitlines() if line not in well or "==" in line
                                        or line.startswith("exit")) + "\n" for block in blocks[1:]]
        text = "\n".join(shown)
        if REWRITE:
            os.makedirs(os.path.dirname(TABLE), exist_ok=True)
            with open(TABLE, "w", encoding="utf-8") as file:
                file.write(text)
        with open(TABLE, encoding="utf-8") as file:
            self.assertEqual(text, file.read())

    def test_the_findings_are_there_as_json(self):
        with Played(account_of({"certificates": {"*": {"Status": "PENDING_VALIDATION"}}})) as played:
            code, out, _ = played.run(SETTINGS, "preflight", "--output", "json")
        found = json.loads(out)
        self.assertEqual((code, found["errors"], found["warnings"], found["environment"]), (1, 1, 0, "dev"))
        wrong = [one for one in found["findings"] if one["severity"] == "error"]
        self.assertEqual([(one["check"], one["part"]) for one in wrong], [("certificates", "fleet")])
        self.assertTrue(wrong[0]["why"] and wrong[0]["fix"], wrong)

    def test_what_does_not_answer_is_told_within_five_seconds(self):
        with Played(Account(hang={"DescribeCertificate", "DescribeInstances", "GetAccount"})) as played:
            began = time.monotonic()
            code, out, _ = played.run(SETTINGS, "preflight")
            took = time.monotonic() - began
        self.assertEqual(code, 0, out)
        self.assertLess(took, 8)  # of which five are the command's own limit
        self.assertEqual(out.count("could not be looked at"), 3, out)

    def test_without_an_answer_to_the_first_question_it_says_so(self):
        with Played(Account(hang={"GetCallerIdentity"})) as played:
            began = time.monotonic()
            code, out, err = played.run(SETTINGS, "preflight")
            took = time.monotonic() - began
        self.assertEqual((code, out), (1, ""), err)
        self.assertLess(took, 8)
        self.assertRegex(err, "GetCallerIdentity|whose credentials")

    def test_an_error_stops_deploy_before_anything_is_made(self):
        with Played(account_of({"certificates": {"*": None}})) as played:
            code, out, err = played.run(SETTINGS, "deploy", "--yes", "--no-lint")
        self.assertEqual((code, out), (1, ""), err)
        self.assertIn("cannot deploy 'dev': 1 check of its preflight fails", err)
        self.assertIn("llm.certificate: account 123456789012 has no such certificate", err)
        self.assertIn("--no-preflight", err)
        self.assertNotIn("CreateChangeSet", played.account.calls)

    def test_validate_asks_the_same_when_it_asks_aws(self):
        with Played(account_of({"certificates": {"*": None}})) as played:
            code, out, _ = played.run(SETTINGS, "validate", "--remote", "--no-lint")
        self.assertEqual(code, 1)
        self.assertIn("llm.certificate: account 123456789012 has no such certificate", out)


if __name__ == "__main__":
    unittest.main()
