"""`--environment`: a deployed system is named once, in the settings, and everything else about it comes from the outputs
of its stack. Against moto's server, which plays CloudFormation and Cognito."""

import json
import os
import unittest

from harness import System, SystemTest
from moto import KEY, REGION, MotoServer, needs_moto

PASSWORD = "Correct-horse-7"

SETTINGS = """project: chat
environments:
  dev:
    region: us-east-1
  staging:
    region: us-east-1
  existing:
    region: us-east-1
    auth:
      user_pool: {pool}
      client_ids: [{client}]
llm:
  domain: llm.example.com
  certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555
  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B
  instance_types: [g6.xlarge]
allowed_origins: [https://chat.example.com]
"""

# The outputs that the real template has, of a stack that moto can make.
TEMPLATE = {
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
    "Outputs": {
        "WebSocketUrl": {"Value": "ws://127.0.0.1:9/dev"},
        "UserPoolId": {"Value": None},
        "UserPoolClientId": {"Value": None},
        "HostedUiUrl": {"Value": "https://chat-dev.auth.us-east-1.amazoncognito.com"},
    },
}


class Deployed(System):
    def __init__(self, endpoint):
        super().__init__()
        self.endpoint = endpoint

    def environment(self):
        return {**super().environment(), **KEY, "AWS_ENDPOINT_URL": self.endpoint,
                "WSDEEP_SETTINGS": os.path.join(self.state, "wsdeep.yaml")}


class LocalByMistake(SystemTest):
    """Flags and variables that mean another system must not end at the local one."""

    def test_flags_that_name_no_system_are_refused(self):
        for name, value in {"--endpoint": "http://127.0.0.1:1", "--region": "eu-west-1", "--settings": "x.yaml",
                            "--ca-file": "/x.pem"}.items():
            with self.subTest(name):
                result = self.system.run("users", "delete", "alice", "--yes", name, value)
                self.assertEqual(result.code, 2, result)
                self.assertIn(f"{name} names no system by itself", result.err)
                self.assertIn("--user-pool-id", result.err)
        result = self.system.run("users", "delete", "alice", "--yes", env={"WSDEEP_ENDPOINT": "http://127.0.0.1:1"})
        self.assertEqual(result.code, 2, result)
        self.assertIn("WSDEEP_ENDPOINT names no system by itself", result.err)
        result = self.system.run("users", "delete", "alice", "--yes", "-e", "")
        self.assertEqual(result.code, 2, result)
        self.assertEqual(self.system.run("users", "show", "alice").code, 0)

    def test_an_environment_at_a_local_endpoint_is_told(self):
        path = os.path.join(self.system.state, "wsdeep.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(SETTINGS.format(pool="us-east-1_Existing00", client="client"))
        result = self.system.run("users", "list", "-e", "dev", "--settings", path,
                                 env={**KEY, "AWS_ENDPOINT_URL": self.system.info["endpoint"]})
        self.assertNotEqual(result.code, 0, result)
        self.assertIn("AWS_ENDPOINT_URL leads to " + self.system.info["endpoint"], result.err)


@needs_moto
class Environment(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.moto = moto = MotoServer()
        cls.addClassCleanup(moto.stop)
        cognito = moto.client("cognito-idp")
        cls.pool = cognito.create_user_pool(PoolName="chat-dev")["UserPool"]["Id"]
        cls.client = cognito.create_user_pool_client(
            UserPoolId=cls.pool, ClientName="chat-dev",
            ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]["ClientId"]
        outputs = TEMPLATE["Outputs"]
        outputs["UserPoolId"]["Value"], outputs["UserPoolClientId"]["Value"] = cls.pool, cls.client
        moto.client("cloudformation").create_stack(StackName="chat-dev", TemplateBody=json.dumps(TEMPLATE))
        cls.system = Deployed(moto.url)
        cls.addClassCleanup(cls.system.destroy)
        with open(os.path.join(cls.system.state, "wsdeep.yaml"), "w", encoding="utf-8") as file:
            file.write(SETTINGS.format(pool=cls.pool, client=cls.client))

    def run_ok(self, *words, **options):
        result = self.system.run(*words, **options)
        self.assertEqual(result.code, 0, result)
        return result

    def test_users_sign_in_and_tokens_are_printed_by_the_environments_name_alone(self):
        self.run_ok("users", "create", "ann", "--password-stdin", "-e", "dev", stdin=PASSWORD)
        self.run_ok("login", "ann", "--password-stdin", "-e", "dev", stdin=PASSWORD)
        claims = json.loads(self.run_ok("token", "--decode", "-e", "dev").out)
        self.assertEqual((claims["aud"], claims["cognito:username"]), (self.client, "ann"))
        listed = json.loads(self.run_ok("users", "list", "--output", "json",
                                        env={"WSDEEP_ENVIRONMENT": "dev"}).out)
        self.assertIn("ann", [user["username"] for user in listed])

    def test_who_uses_a_system_reads_no_warnings_of_its_settings(self):
        settings = os.path.join(self.system.state, "warned.yaml")
        with open(settings, "w", encoding="utf-8") as file:
            file.write(SETTINGS.format(pool=self.pool, client=self.client) + "web: true\n")
        where = ("-e", "dev", "--settings", settings)
        self.assertIn("warning: nobody can sign in on the page", self.system.run("status", *where).err)
        self.assertEqual(self.run_ok("users", "list", "--output", "json", *where).err, "")

    def test_chat_goes_to_the_stacks_url(self):
        self.run_ok("users", "create", "bob", "--password-stdin", "-e", "dev", stdin=PASSWORD)
        self.run_ok("login", "bob", "--password-stdin", "-e", "dev", stdin=PASSWORD)
        result = self.system.run("chat", "-e", "dev", "--user", "bob", "-m", "hello", "--timeout", "1")
        self.assertEqual(result.code, 1, result)
        self.assertIn("ws://127.0.0.1:9/dev", result.err)

    def assert_refused(self, result, *says):
        self.assertEqual(result.code, 2, result)
        for words in says:
            self.assertIn(words, result.err)

    def test_a_pool_that_is_not_the_environments_is_refused(self):
        other = self.moto.client("cognito-idp").create_user_pool(PoolName="production")["UserPool"]["Id"]
        self.run_ok("users", "create", "victim", "--password-stdin", "--user-pool-id", other, stdin=PASSWORD)
        self.run_ok("users", "create", "victim", "--password-stdin", "-e", "dev", stdin=PASSWORD)
        delete = ("users", "delete", "victim", "--yes")
        self.assert_refused(self.system.run(*delete, "-e", "dev", "--user-pool-id", other),
                            f"--user-pool-id is '{other}'", f"of 'dev' is '{self.pool}'")
        variable = {"WSDEEP_USER_POOL_ID": other}
        self.assert_refused(self.system.run(*delete, "-e", "dev", env=variable),
                            f"WSDEEP_USER_POOL_ID is '{other}'", f"of 'dev' is '{self.pool}'", "unset")
        self.assert_refused(self.system.run(*delete, env={**variable, "WSDEEP_ENVIRONMENT": "dev"}),
                            f"WSDEEP_USER_POOL_ID is '{other}'")
        for where in (("-e", "dev"), ("--user-pool-id", other)):
            self.run_ok("users", "show", "victim", *where)
        self.run_ok(*delete, "-e", "dev", env={"WSDEEP_USER_POOL_ID": self.pool, "WSDEEP_REGION": REGION,
                                               "WSDEEP_ENDPOINT": self.system.endpoint})
        self.run_ok("users", "show", "victim", "--user-pool-id", other)

    def test_no_variable_leads_an_environment_elsewhere(self):
        for name, value in {"WSDEEP_URL": "ws://127.0.0.1:1/x", "WSDEEP_CLIENT_ID": "another",
                            "WSDEEP_ENDPOINT": "http://127.0.0.1:1", "WSDEEP_REGION": "eu-west-1"}.items():
            with self.subTest(name):
                self.assert_refused(self.system.run("users", "list", "-e", "dev", env={name: value}),
                                    f"{name} is '{value}'", "of 'dev'", f"unset {name}")

    def test_a_flag_names_another_client_of_the_environments_pool(self):
        self.run_ok("users", "list", "-e", "dev", "--client-id", "another")
        self.run_ok("users", "list", "-e", "dev", "--client-id", "another", env={"WSDEEP_CLIENT_ID": "third"})

    def test_an_empty_environment_is_not_the_local_system(self):
        for words in (("users", "list"), ("destroy",), ("validate",)):
            self.assert_refused(self.system.run(*words, "-e", ""), "--environment: ", "is empty")
        self.assert_refused(self.system.run("users", "list", "--user-pool-id", ""), "--user-pool-id: ", "is empty")

    def test_advice_names_the_environment(self):
        result = self.system.run("token", "-e", "dev", "nobody")
        self.assertEqual(result.code, 3, result)
        self.assertIn("wsdeep login nobody -e dev\n", result.err)
        result = self.system.run("users", "show", "nobody", "--user-pool-id", self.pool)
        self.assertIn(f"wsdeep users list --user-pool-id {self.pool}\n", result.err)

    def test_a_stack_without_a_pool_is_told(self):
        template = {"Resources": TEMPLATE["Resources"]}
        cloudformation = self.moto.client("cloudformation")
        cloudformation.create_stack(StackName="chat-staging", TemplateBody=json.dumps(template))
        self.addCleanup(cloudformation.delete_stack, StackName="chat-staging")
        self.assert_refused(self.system.run("users", "list", "-e", "staging"),
                            "the stack 'chat-staging' has no output UserPoolId")

    def test_the_web_sign_in_uses_the_stacks_page(self):
        result = self.system.run("login", "--web", "--no-browser", "-e", "dev")
        self.assertEqual(result.code, 2, result)
        self.assertIn("the app client has no callback URL that leads to this machine", result.err)
        self.assertIn("add http://localhost:8400/callback to auth.callback_urls and deploy", result.err)

    def test_an_environment_that_is_not_deployed_is_told(self):
        result = self.system.run("users", "list", "-e", "staging")
        self.assertEqual(result.code, 4, result)
        self.assertIn(f"'staging' is not deployed: there is no stack 'chat-staging' in {REGION}", result.err)
        self.assertIn("wsdeep deploy -e staging", result.err)

    def test_an_existing_pool_can_be_worked_on_before_anything_is_deployed(self):
        self.run_ok("users", "create", "eve", "--password-stdin", "-e", "existing", stdin=PASSWORD)
        self.run_ok("login", "eve", "--password-stdin", "-e", "existing", stdin=PASSWORD)
        result = self.system.run("chat", "-e", "existing", "-m", "hello")
        self.assertEqual(result.code, 2, result)
        self.assertIn("wsdeep deploy -e existing", result.err)

    def test_a_mistyped_environment_is_told(self):
        result = self.system.run("users", "list", "-e", "devel")
        self.assertEqual(result.code, 2, result)
        self.assertIn("environments in the settings: dev, staging, existing", result.err)


if __name__ == "__main__":
    unittest.main()
