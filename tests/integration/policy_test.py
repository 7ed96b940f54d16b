"""`wsdeep policy`: the table of calls (cli/preflight/calls.cpp) against the clients of cli/aws, so that a new call cannot be
forgotten; the table of resources against the templates; the policies against what IAM takes and, where cfn-lint is
installed, against its list of AWS's actions. And the workflow of CI.md against the command line."""

import fnmatch
import glob
import json
import os
import re
import subprocess
import tempfile
import unittest

from harness import TIMEOUT, WSDEEP
from preflight_test import ECR, EXISTING, GOOGLE, SETTINGS, SITUATIONS, SSM, Played, account_of, llm

try:
    import cfnlint
    import yaml
except ImportError:
    cfnlint = yaml = None

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PAGE = os.path.join(ROOT, "cli", "preflight", "CI.md")
ROLES = ("preflight", "deploy", "cloudformation", "fleet", "users")
# How operations of AWS begin.
VERBS = ("Abort|Add|Admin|Allocate|Assign|Associate|Assume|Attach|Batch|Cancel|Change|Complete|Confirm|Continue|Converse|Copy|Create|"
         "Delete|Deregister|Describe|Detach|Detect|Disable|Disassociate|Enable|Enter|Execute|Exit|Filter|Forgot|Get|Global|"
         "Head|Import|Initiate|Invoke|List|Modify|Post|Publish|Purge|Put|Query|Reboot|Record|Register|Remove|Replace|"
         "Resend|Respond|Restore|Resume|Revoke|Rollback|Run|Scan|Send|Set|Sign|Start|Stop|Subscribe|Suspend|Tag|Terminate|"
         "Transact|Untag|Update|Upload|Validate|Verify")
# Fields and codes that begin in the same way.
NO_OPERATIONS = {"ChangeSetId", "ChangeSetName", "ChangeSetNotFound", "ChangeSetType", "DeleteMarker", "DisableRollback",
                 "EnableTerminationProtection", "FilterExpression",
                 "ScanBy", "ScanIndexForward", "StartTime", "TagFilters",
                 "TransactItems", "UpdateExpression", "UploadId"}


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def rows(name, kind):
    """The rows of a table of C++, each as its texts."""
    text = read("cli", "preflight", name)
    return [re.findall(r'"([^"]*)"', row) for row in re.findall(rf"\b{kind}\{{(\"[^{{}}]*)\}}", text)]


def calls_of_the_table():
    return {(client, operation) for client, operation, *_ in rows("calls.cpp", "Call")}


def calls_of_the_clients():
    found = set()
    for path in glob.glob(os.path.join(ROOT, "cli", "aws", "*.cpp")):
        with open(path, encoding="utf-8") as file:
            names = re.findall(rf'"((?:{VERBS})[A-Z][A-Za-z0-9]*|Query|Scan)"', file.read())
        client = os.path.basename(path).removesuffix(".cpp")
        found |= {(client, name) for name in names}
    return {(client, name) for client, name in found if name not in NO_OPERATIONS}


def policy(role, settings=SETTINGS, *more):
    with tempfile.TemporaryDirectory() as home:
        with open(os.path.join(home, "wsdeep.yaml"), "w", encoding="utf-8") as file:
            file.write(settings)
        done = subprocess.run([WSDEEP, "policy", "--for", role, *more], cwd=home, capture_output=True, text=True,
                              timeout=TIMEOUT, env={"PATH": "/usr/bin:/bin", "HOME": home})
    if done.returncode:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


def actions_of(document):
    return {action for one in document["Statement"]
            for action in (one["Action"] if isinstance(one["Action"], list) else [one["Action"]])}


def covered(action, actions):
    return any(fnmatch.fnmatchcase(action, one) for one in actions)


def resources_for(document, action):
    return [resource for one in document["Statement"] if action in one["Action"] for resource in one["Resource"]]


class Policy(unittest.TestCase):
    maxDiff = None

    def test_every_call_of_the_clients_is_in_the_table(self):
        table, clients = calls_of_the_table(), calls_of_the_clients()
        self.assertGreater(len(clients), 80)
        self.assertEqual(clients - table, set(), "new calls: say in cli/preflight/calls.cpp what they take and whose they are")
        self.assertEqual(table - clients, set(), "calls that nothing makes any more")

    def test_every_resource_of_the_templates_is_in_the_table(self):
        types = {found for path in glob.glob(os.path.join(ROOT, "templates", "*.yaml"))
                 for found in re.findall(r"(?m)^    Type: (AWS::\w+::\w+)$", read("templates", os.path.basename(path)))}
        self.assertEqual(types - {row[0] for row in rows("resource_actions.cpp", "ResourceActions")}, set(),
                         "new resources: say in cli/preflight/resource_actions.cpp what CloudFormation asks for them")

    def test_a_policy_fits_and_is_whole(self):
        for role in ROLES:
            document = policy(role)
            size = len(json.dumps(document, separators=(",", ":")))
            self.assertLess(size, 10_240, role)  # of an inline policy of a role
            self.assertEqual(document["Version"], "2012-10-17")
            for one in document["Statement"]:
                self.assertTrue(one["Effect"] == "Allow" and one["Action"] and one["Resource"], one)
                wild = [action for action in actions_of({"Statement": [one]}) if "*" in action]
                self.assertEqual([action for action in wild if not action.endswith(":Describe*")], [])
                self.assertTrue(not wild or role in ("deploy", "cloudformation"), wild)

    def test_the_page_is_made_by_whom_the_settings_let(self):
        with_page = policy("deploy", SETTINGS + "web: true\n")
        self.assertIn("cloudfront:CreateDistribution", actions_of(with_page))
        self.assertNotIn("cloudfront:CreateDistribution", actions_of(policy("deploy")))
        self.assertEqual(resources_for(with_page, "s3:PutBucketPolicy"), ["arn:aws:s3:::wsdeep-chat-dev-123456789012-us-east-1"])
        self.assertLess(len(json.dumps(with_page, separators=(",", ":"))), 10_240)

    def test_a_function_url_is_made_by_whom_the_settings_let(self):
        with_url = policy("deploy", SETTINGS + "rest_chat: true\n")
        self.assertIn("lambda:CreateFunctionUrlConfig", actions_of(with_url))
        self.assertNotIn("lambda:CreateFunctionUrlConfig", actions_of(policy("deploy")))
        self.assertLess(len(json.dumps(with_url, separators=(",", ":"))), 10_240)

    def test_a_lab_is_made_by_whom_the_settings_let_and_its_secrets_are_named(self):
        for role in ("deploy", "cloudformation"):
            with_lab, without = policy(role, SETTINGS + "lab: true\n"), policy(role)
            own = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:chat-dev-lab-*"]
            for action in ("CreateSecret", "DeleteSecret", "GetSecretValue", "UpdateSecret"):
                self.assertEqual(resources_for(with_lab, "secretsmanager:" + action), own, action)
            self.assertEqual(resources_for(with_lab, "secretsmanager:GetRandomPassword"), ["*"])
            for service, action in (("elasticache", "DeleteReplicationGroup"), ("servicediscovery", "DeleteService")):
                self.assertEqual(resources_for(with_lab, f"{service}:{action}"),
                                 [f"arn:aws:{service}:us-east-1:123456789012:*"])
            self.assertEqual([one for one in actions_of(without) if one.startswith(("elasticache:", "servicediscovery:"))
                              or one == "secretsmanager:CreateSecret"], [])
        by_role = policy("deploy", SETTINGS + "lab: true\n", "--role-arn", "arn:aws:iam::123456789012:role/deployer")
        own = {"servicediscovery:ListInstances", "servicediscovery:DeregisterInstance", "route53:ChangeResourceRecordSets"}
        self.assertLessEqual(own, actions_of(by_role), "the lab's name is taken out by who destroys the stack")
        self.assertEqual([one for one in by_role["Statement"] if "route53:ChangeResourceRecordSets" in one["Action"]],
                         [{"Effect": "Allow", "Action": ["route53:ChangeResourceRecordSets"],
                           "Resource": ["arn:aws:route53:::hostedzone/*"],
                           "Condition": {"ForAllValues:StringEquals": {
                               "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["lab.chat-dev.internal"]}}}])
        self.assertEqual(resources_for(policy("deploy", SETTINGS + "lab: true\n"), "route53:ChangeResourceRecordSets"), ["*"])
        self.assertRegex(read("templates", "lab.yaml"), r'Name: !Sub "\$\{AWS::StackName\}\.internal"\n(?s:.*)      Name: lab\n')
        names = re.findall(r"(?m)^    Type: AWS::SecretsManager::Secret\n(?:    \w+: .*\n)*?    Properties:\n"
                           r"      Name: (.*)$", read("templates", "lab.yaml"))
        self.assertEqual(names, ['!Sub "${AWS::StackName}-lab-redis"', '!Sub "${AWS::StackName}-lab-signing"'])

    def test_preflight_asks_for_nothing_that_its_policy_lacks(self):
        paths = {"HeadBucket": "s3:ListBucket", "ListObjectsV2": "s3:ListBucket", "GetAccount": "apigateway:GET"}
        for name in ("all is well with all that there can be", "all is well in a network by parameters", "P5 by Spot"):
            settings, changes = SITUATIONS[name]
            with Played(account_of(changes)) as played:
                played.run(settings, "preflight")
            allowed = actions_of(policy("preflight", settings))
            for call in set(played.account.calls) - {"GetCallerIdentity"}:
                self.assertTrue(paths.get(call) in allowed or any(one.split(":")[1] == call for one in allowed), call)

    def test_a_policy_names_what_the_settings_name(self):
        settings = llm(image=ECR, model_source="s3://models/r1") + GOOGLE.replace("SECRET", "chat/google")
        found = policy("preflight", settings)
        self.assertEqual(resources_for(found, "secretsmanager:DescribeSecret"),
                         ["arn:aws:secretsmanager:us-east-1:123456789012:secret:chat/google-*"])
        partial = "arn:aws:secretsmanager:us-east-1:123456789012:secret:chat/google"
        for secret, allowed in ((partial, partial + "-*"), (partial + "-AbCdEf", partial + "-AbCdEf")):
            self.assertEqual(resources_for(policy("preflight", SETTINGS + GOOGLE.replace("SECRET", secret)),
                                           "secretsmanager:DescribeSecret"), [allowed])
        self.assertEqual(resources_for(found, "ecr:DescribeImages"), ["arn:aws:ecr:us-east-1:123456789012:repository/vllm"])
        self.assertEqual(resources_for(found, "s3:ListBucket"),
                         ["arn:aws:s3:::wsdeep-chat-dev-123456789012-us-east-1", "arn:aws:s3:::models"])
        self.assertEqual(resources_for(found, "cloudformation:DescribeStacks")[:2],
                         ["arn:aws:cloudformation:us-east-1:123456789012:stack/chat-dev/*",
                          "arn:aws:cloudformation:us-east-1:123456789012:stack/chat-dev-fleet/*"])
        self.assertEqual(resources_for(policy("preflight", SETTINGS + SSM), "ssm:GetParameters"),
                         ["arn:aws:ssm:us-east-1:123456789012:parameter/net/subnets",
                          "arn:aws:ssm:us-east-1:123456789012:parameter/net/vpc"])
        self.assertNotIn("ssm:GetParameters", actions_of(policy("preflight", SETTINGS + EXISTING)))

    def test_with_a_role_for_cloudformation_the_deployer_makes_nothing(self):
        role = "arn:aws:iam::123456789012:role/cloudformation"
        own = policy("deploy", SETTINGS, "--role-arn", role)
        self.assertNotIn("iam:CreateRole", actions_of(own))
        self.assertEqual([one["Resource"] for one in own["Statement"] if one["Action"] == "iam:PassRole"], [role])
        self.assertIn("iam:CreateRole", actions_of(policy("cloudformation")))
        whole = actions_of(policy("deploy"))
        for part in ("cloudformation", "preflight"):
            self.assertEqual([one for one in actions_of(policy(part)) if not covered(one, whole)], [], part)

    @unittest.skipUnless(cfnlint, "cfn-lint is missing: pip install cfn-lint")
    def test_the_actions_are_aws_s_own(self):
        path = os.path.join(os.path.dirname(cfnlint.__file__), "data", "AdditionalSpecs", "Policies.json")
        with open(path, encoding="utf-8") as file:
            known = json.load(file)
        # API Gateway's actions are the methods of HTTP; budgets has kept its old ones.
        wrong = []
        for role in ROLES:
            for action in actions_of(policy(role, llm(image=ECR) + GOOGLE.replace("SECRET", "x"))):
                service, name = action.lower().split(":")
                if service not in ("apigateway", "budgets") and name != "describe*" and name not in known.get(service, {}).get("Actions", {}):
                    wrong.append(action)
        self.assertEqual(sorted(set(wrong)), [])

    @unittest.skipUnless(cfnlint, "cfn-lint is missing: pip install cfn-lint")
    def test_what_is_given_on_a_resource_can_be(self):
        path = os.path.join(os.path.dirname(cfnlint.__file__), "data", "AdditionalSpecs", "Policies.json")
        with open(path, encoding="utf-8") as file:
            known = json.load(file)
        wrong = set()
        for role in ROLES:
            with_all = policy(role, SETTINGS + GOOGLE.replace("SECRET", "x"))["Statement"]
            for one in with_all + policy(role, SETTINGS + "lab: true\n")["Statement"]:
                for action in actions_of({"Statement": [one]}):
                    service, name = action.lower().split(":")
                    found = known.get(service, {}).get("Actions", {}).get(name)
                    if one["Resource"] != ["*"] and found is not None and not found.get("Resources"):
                        wrong.add(action)
        self.assertEqual(sorted(wrong), [], "the service knows no resource for these: they are to be given on any")


class CiPage(unittest.TestCase):
    """The page's workflow and trust policy are what people copy."""

    def blocks(self, language):
        return re.findall(rf"(?ms)^```{language}\n(.*?)^```", read("cli", "preflight", "CI.md"))

    @unittest.skipUnless(yaml, "PyYAML is missing: pip install cfn-lint")
    def test_the_workflow_is_one(self):
        workflow = yaml.safe_load(self.blocks("yaml")[0])
        self.assertEqual(workflow["permissions"]["id-token"], "write")
        for name, job in workflow["jobs"].items():
            self.assertTrue(job["runs-on"] and job["steps"], name)
            uses = [step["uses"] for step in job["steps"] if "uses" in step]
            self.assertTrue(any(one.startswith("aws-actions/configure-aws-credentials@") for one in uses), name)
            for step in job["steps"]:
                self.assertTrue(("uses" in step) != ("run" in step), step)
        deploy = workflow["jobs"]["deploy"]
        self.assertEqual(deploy["needs"], "check")
        self.assertIn("environment", deploy)

    def test_its_commands_are_those_of_the_program(self):
        text = "\n".join(self.blocks("yaml") + self.blocks("sh"))
        commands = re.findall(r"(?m)^\s*(?:- run: |run: |\$ )?wsdeep ([a-z][^>|#\n]*)", text)
        self.assertGreaterEqual(len(commands), 6)
        for command in commands:
            words = command.split()
            options = {word.split("=")[0] for word in words if word.startswith("-")}
            done = subprocess.run([WSDEEP, words[0], "--help"], capture_output=True, text=True, timeout=TIMEOUT)
            self.assertEqual(done.returncode, 0, command)
            for option in options:
                self.assertRegex(done.stdout, rf"(?<![\w-]){re.escape(option)}\b", command)

    def test_the_trust_policy_names_one_repository(self):
        trust = json.loads(self.blocks("json")[0])
        one = trust["Statement"][0]
        self.assertEqual(one["Action"], "sts:AssumeRoleWithWebIdentity")
        conditions = one["Condition"]["StringEquals"]
        self.assertEqual(conditions["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com")
        self.assertRegex(conditions["token.actions.githubusercontent.com:sub"], r"^repo:[\w-]+/[\w-]+:environment:[\w-]+$")


if __name__ == "__main__":
    unittest.main()
