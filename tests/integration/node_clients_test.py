"""AWS's own JavaScript clients as judges of the local pool: amazon-cognito-identity-js signs in at it, and
aws-jwt-verify, which services use, accepts its tokens and refuses others. They come from npm: `cli/prepare tests`
installs what tests/integration/node/package-lock.json names."""

import base64
import json
import os
import re
import shutil
import subprocess
import time
import unittest

from auth_test import Forger
from harness import SystemTest

NODE = shutil.which("node")
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node")
PACKAGES = all(os.path.isdir(os.path.join(FOLDER, "node_modules", name))
               for name in ("amazon-cognito-identity-js", "aws-jwt-verify"))
PASSWORD = "Correct-horse-7"


@unittest.skipUnless(NODE, "node is not installed (apt-get install nodejs npm)")
@unittest.skipUnless(PACKAGES, "the npm packages are not installed (cli/prepare tests)")
class NodeClients(SystemTest):
    USERS = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clients = cls.enterClassContext(subprocess.Popen(
            [NODE, os.path.join(FOLDER, "cognito_client.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))

    def node(self, run, **job):
        """What the client says to a job."""
        info = self.system.info
        job = {"run": run, "endpoint": info["endpoint"], "pool": info["userPoolId"], "client": info["clientId"], **job}
        self.clients.stdin.write(json.dumps(job) + "\n")
        self.clients.stdin.flush()
        said = self.clients.stdout.readline()
        self.assertTrue(said, f"the clients ended at {run}")
        return json.loads(said)

    def create(self, name, *options):
        made = self.system.run("users", "create", name, "--password-stdin", *options, stdin=PASSWORD + "\n")
        self.assertEqual(made.code, 0, made)

    def sign_in(self, name, password=PASSWORD, **job):
        return self.node("signIn", username=name, password=password, **job)

    def mfa(self, configuration, totp):
        self.system.cognito("SetUserPoolMfaConfig", MfaConfiguration=configuration,
                            SoftwareTokenMfaConfiguration={"Enabled": totp})

    def test_it_signs_in_by_srp_and_refreshes(self):
        self.create("ann")
        wrong = self.sign_in("ann", "Wrong-horse-7")
        self.assertEqual((wrong["error"], wrong["message"]),
                         ("NotAuthorizedException", "Incorrect username or password."))
        self.assertEqual(self.sign_in("nobody")["message"], "Incorrect username or password.")
        tokens = self.sign_in("ann")
        self.assertEqual(tokens["met"], [])
        self.system.connect(tokens["accessToken"]).close()
        renewed = self.node("refresh", username="ann", refreshToken=tokens["refreshToken"])
        self.assertNotEqual(renewed["accessToken"], tokens["accessToken"])
        self.system.connect(renewed["idToken"]).close()
        self.assertEqual(self.node("refresh", username="ann", refreshToken="nonsense")["error"],
                         "NotAuthorizedException")

    def test_it_takes_a_new_password(self):
        self.system.cognito("AdminCreateUser", Username="new", TemporaryPassword="Temporary-1")
        weak = self.sign_in("new", "Temporary-1", newPassword="weak")
        self.assertEqual((weak["met"], weak["error"]), (["newPasswordRequired"], "InvalidPasswordException"))
        tokens = self.sign_in("new", "Temporary-1", newPassword=PASSWORD)
        self.assertIn("idToken", tokens)
        self.assertEqual(self.sign_in("new")["met"], [])

    def test_it_sets_an_authenticator_app_up_and_uses_it(self):
        self.create("mia")
        self.addCleanup(self.mfa, "OFF", True)
        self.mfa("ON", True)
        first = self.sign_in("mia")
        self.assertEqual(first["met"], ["mfaSetup"], first)
        wrong = self.sign_in("mia", code="000000")
        self.assertEqual((wrong["met"], wrong["error"]), (["totpRequired"], "CodeMismatchException"))
        again = self.sign_in("mia", totpSecret=first["secret"])
        self.assertEqual(again["met"], ["totpRequired"])
        self.system.connect(again["idToken"]).close()

    def code(self):
        """That of the last message."""
        return re.search(r"[0-9]{6}", self.system.log("messages")[-1]["message"]).group()

    def test_people_register_and_choose_a_new_password_by_codes(self):
        who = {"username": "reg", "password": PASSWORD}
        made = self.node("signUp", **who, attributes={"email": "reg@example.com"})
        self.assertEqual((made["userConfirmed"], made["codeDeliveryDetails"]["Destination"]), (False, "r***@e***"), made)
        self.assertEqual(self.node("signUp", **who, attributes={})["error"], "UsernameExistsException")
        self.assertEqual(self.sign_in("reg")["error"], "UserNotConfirmedException")
        self.assertEqual(self.node("confirmSignUp", **who, code="none")["error"], "CodeMismatchException")
        self.assertNotIn("error", self.node("resendCode", **who))
        self.assertEqual(self.node("confirmSignUp", **who, code=self.code())["result"], "SUCCESS")
        self.assertEqual(self.sign_in("reg")["met"], [])
        sent = self.node("forgotPassword", username="reg@example.com")
        self.assertEqual(sent["result"]["CodeDeliveryDetails"]["Destination"], "r***@e***", sent)
        other = {"username": "reg", "password": "Another-horse-8"}
        self.assertEqual(self.node("confirmPassword", **other, code="none")["error"], "CodeMismatchException")
        self.assertNotIn("error", self.node("confirmPassword", **other, code=self.code()))
        self.assertIn("idToken", self.sign_in("reg", "Another-horse-8"))

    def test_users_change_their_accounts_and_end_them(self):
        self.create("own", "--email", "own@example.com", "--attribute", "nickname=Owl")
        did = self.node("account", username="own", password=PASSWORD, newPassword="Another-horse-8",
                        attributes={"email": "new@example.com", "given_name": "Own"})
        self.assertEqual((did["changed"], did["updated"]), ({"result": "SUCCESS"}, {"result": "SUCCESS"}))
        self.assertEqual(did["asking"]["result"]["CodeDeliveryDetails"]["Destination"], "n***@e***", did)
        self.assertEqual(did["wrong"]["error"], "CodeMismatchException")
        self.assertEqual({name: did["left"].get(name) for name in ("email", "email_verified", "given_name", "nickname")},
                         {"email": "new@example.com", "email_verified": "false", "given_name": "Own", "nickname": None})
        self.assertEqual(did["gone"], {"result": "SUCCESS"})
        self.assertEqual(self.sign_in("own")["error"], "NotAuthorizedException")

    def test_the_verifier_of_services_accepts_the_pools_tokens_and_no_others(self):
        self.create("vera")
        tokens = self.sign_in("vera")
        token_of = {"id": tokens["idToken"], "access": tokens["accessToken"]}
        for use, token in token_of.items():
            accepted = self.node("verify", token=token, use=use)
            self.assertEqual(accepted["claims"]["token_use"], use)
            keys = f"{self.system.info['endpoint']}/{self.system.info['userPoolId']}/.well-known/jwks.json"
            self.assertEqual(accepted["fetched"], [keys])

        def refused(use, token, **job):
            verdict = self.node("verify", token=token, use=use, **job)
            self.assertNotIn("claims", verdict)
            return verdict["error"]

        self.assertEqual(refused("access", token_of["id"]), "CognitoJwtInvalidTokenUseError")
        self.assertEqual(refused("id", token_of["access"]), "CognitoJwtInvalidTokenUseError")
        other = self.system.info["serviceClientId"]
        self.assertEqual(refused("id", token_of["id"], client=other), "CognitoJwtInvalidClientIdError")
        self.assertEqual(refused("access", token_of["access"], client=other), "CognitoJwtInvalidClientIdError")
        pool = self.system.info["userPoolId"]
        elsewhere = self.node("verify", token=token_of["id"], use="id", pool=pool[:-1] + ("b" if pool[-1] == "a" else "a"))
        self.assertTrue(elsewhere["message"].startswith("issuer not configured"), elsewhere)
        head, claims, signature = token_of["id"].split(".")
        text = base64.urlsafe_b64decode(claims + "==").replace(b'"vera"', b'"root"')
        changed = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
        self.assertEqual(refused("id", f"{head}.{changed}.{signature}"), "JwtInvalidSignatureError")
        forger = Forger(self.system.state, token_of["id"])
        self.assertIn("claims", self.node("verify", token=forger.sign(), use="id"))
        past = int(time.time()) - 60
        self.assertEqual(refused("id", forger.sign({"exp": past})), "JwtExpiredError")


if __name__ == "__main__":
    unittest.main()
