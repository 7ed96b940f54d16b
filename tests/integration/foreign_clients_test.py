"""The emulated services as foreign clients see them: boto3's scenarios, and the AWS CLI."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import System

HERE = os.path.dirname(os.path.abspath(__file__))


class ForeignClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System()
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()

    def play(self, script, *more):
        info = self.system.info
        result = subprocess.run(
            [sys.executable, os.path.join(HERE, script), "--endpoint", info["endpoint"], "--access-key",
             info["accessKeyId"], f"--secret-key={info['secretAccessKey']}", *more],  # may begin with a hyphen
            capture_output=True, text=True, timeout=200)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    @unittest.skipUnless(importlib.util.find_spec("boto3"), "boto3 is not installed (pip install boto3)")
    def test_boto3_finds_dynamodb(self):
        self.play("dynamodb_boto3.py")

    @unittest.skipUnless(importlib.util.find_spec("boto3"), "boto3 is not installed (pip install boto3)")
    def test_boto3_finds_cognito(self):
        self.play("cognito_boto3.py", "--pool", self.system.info["userPoolId"], "--client", self.system.info["clientId"])

    def aws(self, *words, **changes):
        exports = self.system.run("local", "status", "--output", "env").out
        values = dict(line.removeprefix("export ").split("=", 1) for line in exports.splitlines())
        environment = {**os.environ, **values, **changes}
        return subprocess.run(["aws", *words, "--output", "json"], env=environment, capture_output=True, text=True)

    @unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not installed (pip install awscli)")
    def test_the_aws_cli_works_with_the_exported_environment(self):
        tables = self.aws("dynamodb", "list-tables")
        self.assertEqual(json.loads(tables.stdout)["TableNames"],
                         ["wsdeep-chats", "wsdeep-connections", "wsdeep-rest-chats"], tables)
        pool = self.system.info["userPoolId"]
        created = self.aws("cognito-idp", "admin-create-user", "--user-pool-id", pool, "--username", "cli-user")
        self.assertEqual(json.loads(created.stdout)["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD", created)
        users = self.aws("cognito-idp", "list-users", "--user-pool-id", pool)
        self.assertIn("cli-user", [u["Username"] for u in json.loads(users.stdout)["Users"]])
        described = self.aws("cognito-idp", "describe-user-pool-client", "--user-pool-id", pool, "--client-id",
                             self.system.info["serviceClientId"])
        self.assertEqual(json.loads(described.stdout)["UserPoolClient"]["ClientSecret"],
                         self.system.info["serviceClientSecret"], described)
        turned_on = self.aws("cognito-idp", "set-user-pool-mfa-config", "--user-pool-id", pool,
                             "--software-token-mfa-configuration", "Enabled=true", "--mfa-configuration", "OPTIONAL")
        self.assertEqual(json.loads(turned_on.stdout)["MfaConfiguration"], "OPTIONAL", turned_on)
        event = {"requestContext": {"connectionId": "AAAAAAAAAAAAAAA=", "routeKey": "$disconnect",
                                    "eventType": "DISCONNECT"}}
        with tempfile.NamedTemporaryFile("w") as payload:
            json.dump(event, payload)
            payload.flush()
            invoked = self.aws("lambda", "invoke", "--function-name", "wsdeep-disconnect", "--payload",
                               f"fileb://{payload.name}", "/dev/null")
        self.assertEqual(json.loads(invoked.stdout or "{}").get("StatusCode"), 200, invoked)

    def test_our_own_commands_work_with_it_too(self):
        exports = self.system.run("local", "status", "--output", "env").out
        values = dict(line.removeprefix("export ").split("=", 1) for line in exports.splitlines())
        result = self.system.run("users", "list", "--output", "json", env={**values, "WSDEEP_LOCAL_STATE": "/nowhere"})
        self.assertEqual(result.code, 0, result)
        del values["WSDEEP_URL"]
        result = self.system.run("chat", "-m", "hi", env={**values, "WSDEEP_LOCAL_STATE": "/nowhere"})
        self.assertEqual((result.code, "--url" in result.err), (2, True), result)

    @unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not installed (pip install awscli)")
    def test_other_keys_are_refused(self):
        wrong_secret = self.aws("dynamodb", "list-tables", AWS_SECRET_ACCESS_KEY="wrong")
        self.assertIn("InvalidSignatureException", wrong_secret.stderr)
        wrong_key = self.aws("dynamodb", "list-tables", AWS_ACCESS_KEY_ID="AKIAWRONG")
        self.assertIn("UnrecognizedClientException", wrong_key.stderr)


if __name__ == "__main__":
    unittest.main()
