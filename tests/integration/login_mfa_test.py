"""`wsdeep login` where the pool asks for a second factor. The codes of the authenticator app are computed here, by
Python's own HMAC (RFC 6238); those that are sent by SMS stand in the local system's outbox."""

import base64
import hashlib
import hmac
import json
import struct
import subprocess
import time
import unittest
import urllib.request

from harness import WSDEEP, SystemTest
from terminal import OnTerminal

PASSWORD = "Correct-horse-7"


def totp(secret, step):
    """The six digits of one step of 30 seconds."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06}"


class Authenticator:
    """A user's app. A pool takes each code once, and also those of the steps beside the present one: the next step's is
    good for whoever cannot wait, and the present one's if the clock moves on before it arrives."""

    def __init__(self, secret):
        self.secret, self.used = secret, 0

    def code(self):
        now = int(time.time()) // 30
        step = max(now, self.used + 1)
        assert step <= now + 1, "an app has two codes for a test"
        self.used = step
        return totp(self.secret, step)


class SecondFactor(SystemTest):
    USERS = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.cognito("SetUserPoolMfaConfig", MfaConfiguration="OPTIONAL", SmsMfaConfiguration={},
                           SoftwareTokenMfaConfiguration={"Enabled": True})

    def call(self, operation, **body):
        """A call that is not signed: the access token says who it is."""
        request = urllib.request.Request(
            self.system.info["endpoint"], json.dumps(body).encode(),
            {"Content-Type": "application/x-amz-json-1.1",
             "X-Amz-Target": "AWSCognitoIdentityProviderService." + operation})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def enrol_app(self, name, preferred=True):
        self.system.add_user(name, PASSWORD)
        token = self.system.token(name, "--access")
        app = Authenticator(self.call("AssociateSoftwareToken", AccessToken=token)["SecretCode"])
        verified = self.call("VerifySoftwareToken", AccessToken=token, UserCode=app.code())
        self.assertEqual(verified["Status"], "SUCCESS")
        self.call("SetUserMFAPreference", AccessToken=token,
                  SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": preferred})
        return app

    def enrol_phone(self, name):
        self.system.cognito("AdminUpdateUserAttributes", Username=name,
                            UserAttributes=[{"Name": "phone_number", "Value": "+15550001234"}])
        self.system.cognito("AdminSetUserMFAPreference", Username=name, SMSMfaSettings={"Enabled": True})

    def sent_code(self):
        with open(self.system.status()["messagesFile"], encoding="utf-8") as file:
            return "".join(filter(str.isdigit, json.loads(file.readlines()[-1])["message"]))

    def login(self, name, *options):
        return self.system.run("login", name, "--password-stdin", *options, stdin=PASSWORD)

    def at_terminal(self, name):
        return OnTerminal([WSDEEP, "login", name], self.system.environment(), self.system.state)

    def test_the_apps_code_signs_in_once(self):
        for flow in ("srp", "password"):
            code = self.enrol_app("ann-" + flow).code()
            result = self.login("ann-" + flow, "--flow", flow, "--mfa-code", code)
            self.assertEqual(result.code, 0, result)
            again = self.login("ann-" + flow, "--flow", flow, "--mfa-code", code)
            self.assertEqual(again.code, 3, again)
            self.assertIn("sign in again", again.err)

    def test_a_wrong_code_is_refused(self):
        right = self.enrol_app("bob").code()
        wrong = f"{(int(right) + 1) % 1000000:06}"
        result = self.login("bob", "--mfa-code", wrong)
        self.assertEqual(result.code, 3, result)
        self.assertNotIn(wrong, result.err)

    def test_without_a_terminal_the_missing_code_is_named(self):
        self.enrol_app("eve")
        result = self.login("eve")
        self.assertEqual(result.code, 2, result)
        self.assertIn("--mfa-code", result.err)

    def test_a_factor_that_the_pool_does_not_ask_for_is_not_used(self):
        app = self.enrol_app("ida")
        result = self.login("ida", "--mfa", "sms", "--mfa-code", app.code())
        self.assertEqual(result.code, 2, result)
        self.assertIn("the pool asks for the code of the authenticator app: this user cannot choose 'sms'", result.err)

    def test_at_a_terminal_the_apps_code_is_asked_for(self):
        app = self.enrol_app("fay")
        with self.at_terminal("fay") as terminal:
            terminal.answer("Password: ", PASSWORD + "\n")
            terminal.answer("Code of the authenticator app: ", app.code() + "\n")
            self.assertEqual(terminal.finish(), 0, terminal.seen)
        self.assertIn("signed in as fay", terminal.seen)
        self.assertNotIn(PASSWORD, terminal.seen)

    def test_a_code_that_was_sent_is_asked_for_and_its_way_is_told(self):
        self.system.add_user("gus", PASSWORD)
        self.enrol_phone("gus")
        with self.at_terminal("gus") as terminal:
            terminal.answer("Password: ", PASSWORD + "\n")
            terminal.answer("Code sent to +*******1234: ", lambda: self.sent_code() + "\n")
            self.assertEqual(terminal.finish(), 0, terminal.seen)

    def test_a_code_that_is_sent_is_read_from_stdin_once_it_was_sent(self):
        self.system.add_user("jon", PASSWORD)
        self.enrol_phone("jon")
        told = self.login("jon")
        self.assertEqual(told.code, 2, told)
        self.assertIn("--mfa-code -", told.err)
        process = subprocess.Popen([WSDEEP, "login", "jon", "--password-stdin", "--mfa-code", "-"],
                                   env=self.system.environment(), stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdin.write((PASSWORD + "\n").encode())
        process.stdin.flush()
        self.assertIn(b"a code was sent to +*******1234: it is read from stdin", process.stderr.readline())
        _, err = process.communicate((self.sent_code() + "\n").encode(), timeout=30)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn(b"signed in as jon", err)

    def test_a_new_password_that_nobody_asked_for_is_told(self):
        self.system.add_user("kit", PASSWORD)
        words = ("login", "kit", "--password-stdin", "--new-password-stdin")
        result = self.system.run(*words, stdin=PASSWORD + "\nOther-horse-8\n")
        self.assertEqual(result.code, 0, result)
        self.assertIn("it was not changed", result.err)
        self.assertIn("wsdeep users set-password kit", result.err)

    def test_a_new_password_that_no_pool_takes_is_refused_before_it_is_asked_for_again(self):
        self.system.cognito("AdminCreateUser", Username="lou", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
        with self.at_terminal("lou") as terminal:
            terminal.answer("Password: ", PASSWORD + "\n")
            terminal.answer("New password: ", "abc\n")
            self.assertEqual(terminal.finish(), 2, terminal.seen)
        self.assertNotIn("The same again", terminal.seen)
        self.assertIn("at least 6 characters", terminal.seen)

    def test_who_has_two_factors_chooses(self):
        app = self.enrol_app("hal", preferred=False)
        self.enrol_phone("hal")
        with self.at_terminal("hal") as terminal:
            terminal.answer("Password: ", PASSWORD + "\n")
            terminal.answer("Second factor (", "app\n")
            terminal.answer("Code of the authenticator app: ", app.code() + "\n")
            self.assertEqual(terminal.finish(), 0, terminal.seen)
        result = self.login("hal", "--mfa", "app", "--mfa-code", "12 34")
        self.assertEqual(result.code, 2, result)
        self.assertIn("a code has six to eight digits", result.err)
        result = self.login("hal", "--mfa", "sms")
        self.assertEqual(result.code, 2, result)
        self.assertIn("--mfa-code", result.err)
        result = self.login("hal", "--mfa", "email")
        self.assertEqual(result.code, 2, result)
        self.assertIn("no second factor 'email', only: ", result.err)


if __name__ == "__main__":
    unittest.main()
